"""Measurements: ratios within one run, with the peer beside them."""
