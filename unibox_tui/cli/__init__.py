"""`unibox …`: wiring only; heavy imports are deferred."""
