"""What strangers may send us, as tables: each payload with what has to become of it.

The tests run them family by family and count; `python bench/hostile.py` runs the same and prints figures.
"""
