"""The running process: open every adapter, start polls and deliveries, reload rules, notify systemd, close.

It owns signals and the order of start and end. It decides nothing about an article and knows no SQL.
"""
