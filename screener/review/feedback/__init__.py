"""What was found becomes a training set, and an adapted model is compared and switched on."""
