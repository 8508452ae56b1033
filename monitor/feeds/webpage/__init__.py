"""Pages instead of feeds: the articles that a page links to, and the text of one article's page."""
