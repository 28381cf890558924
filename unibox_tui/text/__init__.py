"""Words as such: cleaning, folding, measuring, naming, finding. Pure functions, no I/O."""
