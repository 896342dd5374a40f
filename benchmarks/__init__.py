"""What calcml costs, measured beside its peers: `python -m benchmarks.run` runs everything.

Absolute times drift with the machine; the ratios of one run are what to compare.
"""
