"""The rule language: compile watches, match an article, say why or why not. It reads no file."""
