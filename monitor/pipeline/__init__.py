"""The way of one article, a file for each step: poll, analyse, decide, ingest, push, full text, deliver.

A step calls the adapters in order and stores what the pure functions of `core` decide. The pipeline does not know when
a step is due, how anything is stored, or which protocol a channel uses.
"""
