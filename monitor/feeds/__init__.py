"""Parsers: from the bytes of a Page to a Listing of Articles.

KINDS holds one pure function per kind of source; it returns a Listing of visible text or raises a ParseError that says
what the page is instead. Parser runs these functions in a process that can be killed, because a regular expression that
does not end cannot be interrupted. This package never uses the network, the clock or the database.
"""
