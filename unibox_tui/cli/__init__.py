"""`unibox …`: wiring only. Each verb is a thin function; whatever is heavy is imported where it is used."""
