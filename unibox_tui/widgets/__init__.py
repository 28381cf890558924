"""Dumb widgets: data in by reactive, intent out by message."""
