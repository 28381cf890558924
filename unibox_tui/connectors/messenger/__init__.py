"""Messenger: the Pages of a Meta app, each an inbox."""
