"""A TOML text with positions: parse it, locate a key, name a mistake with its line, edit one entry."""
