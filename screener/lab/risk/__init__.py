"""From outcomes to the weights of the signals: fitted, measured on later outcomes, written as data."""
