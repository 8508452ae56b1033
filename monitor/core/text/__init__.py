"""From markup to normalized text, tokens and boilerplate. It knows no watch and no other article."""
