"""A soak: real worker processes, a stub model, and years of log time, to see whether memory stays.

python -m bench.soak --parcels 1000000
"""
