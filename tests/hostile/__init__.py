"""What strangers may send us, as tables: each payload with what has to become of it.

Every payload stands at a bound of our own: as much as is taken, and one more. None would stop or deceive another
program; what a library does with far more than we let through is said in words, where the bound stands.

The tests run them family by family and count; `python bench/hostile.py` runs the same and prints figures.
"""
