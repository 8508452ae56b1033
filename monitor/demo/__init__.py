"""The demonstration: sample feeds on loopback go through the real pipeline to a real receiver on loopback.

It serves, waits and shows. Polling, matching, storing and sending are the product's own and know nothing of it; no
address outside this machine is ever asked.
"""
