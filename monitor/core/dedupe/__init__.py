"""When two articles are one: keys, shingles, comparison of texts, differences that make news."""
