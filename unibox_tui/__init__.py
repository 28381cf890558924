"""unibox: a support team's inbox in the terminal."""
