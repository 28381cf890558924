"""Screens arrange widgets, route messages to desk and views, run workers."""
