"""The way of one article, a file for each turn: poll, ingest, full text, push, deliver, health.

A turn calls the adapters in order and stores what the pure functions of core decide. The pipeline does not know when a
turn is due, how anything is stored or what a channel speaks.
"""
