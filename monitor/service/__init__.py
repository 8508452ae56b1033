"""The running process: open everything, start turns, reload rules, talk to systemd, close.

It owns signals, the clock and the order of start and end. It decides nothing about an article and knows no SQL.
"""
