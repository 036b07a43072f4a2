"""Measurements: `make bench`. Ratios against a named peer in one run; figures go to docs."""
