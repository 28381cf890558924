"""Learning which answer fits a question from the answers given before. Pure: no files, no database."""
