"""The simulated year: what each way of choosing finds, of parcels whose truth is known.

python -m bench.year --parcels 100000
"""
