"""The real service on a virtual clock, with a simulated web, simulated channels, a database that fails, and kills.

In the manner of deterministic simulators of databases (FoundationDB, TigerBeetle): one seed decides everything, so a
failure is replayed by its seed. The store is a real SQLite file.
"""
