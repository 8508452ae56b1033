"""Comparison of two wordings: sentences with their twins, what differs, and measures. It decides nothing."""
