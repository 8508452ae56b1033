"""From markup to normalized text, tokens and boilerplate. It knows no rule and no other article."""
