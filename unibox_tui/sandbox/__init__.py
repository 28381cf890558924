"""Simulated providers and the demo workspace."""
