"""Threat image projection: parcels that are none, told right after the decision."""
