"""The rule language: compile watches, match articles, explain a match. It reads no file and sends no alert."""
