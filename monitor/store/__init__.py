"""The database: sources, articles, stories, matches, deliveries.

This is the only package that knows SQL. It takes and returns the types of `core.model`, never rows. It decides nothing
and has no clock: `now` is an argument. It is synchronous, safe from several threads and processes, and raises
StoreError for every failure.
"""
