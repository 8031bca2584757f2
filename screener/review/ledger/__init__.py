"""What all parcels of the log come to: the figures and what they are made of."""
