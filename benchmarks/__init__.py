"""Measurements: ratios against a baseline in the same run, written to docs/results."""
