"""The fast parser for well-formed feeds: it returns the same entries as feedparser, or declines the document."""
