"""A simulated year of one city: parcels with known truth, for fitting weights and for judging decisions.

No scan is rendered: what the model says of a parcel is drawn from its measured response (`response.py`).
"""
