"""unibox JSON Lines: what the lines are (`records`), reading them out of a store (`reading`), writing them in (`writing`)."""
