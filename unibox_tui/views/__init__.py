"""What can be seen: query language, search, view models, counts, feed."""
