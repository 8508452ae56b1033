"""Deduplication: keys, shingles, comparison of texts, and differences that make news. It decides no delivery."""
