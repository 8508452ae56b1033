"""HTTP: the client that fetches sources and posts to hubs, and the listener for the callbacks of hubs.

A fetch is a conditional GET with limits of time, size and address. It returns a Page or NotModified, or raises a
FetchError with a readable message. This package knows nothing of feeds, of the meaning of a body, of the database or
of the wall clock: waits are measured on the event loop, dates in headers against the response's own Date.
"""
