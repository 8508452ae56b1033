"""Web pages: the list of articles on an overview page, and the text of an article's page."""
