"""The fast parser for well-formed feeds, behind one door: it gives the entries or declines. It guesses nothing."""
