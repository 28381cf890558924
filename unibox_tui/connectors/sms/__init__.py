"""Text messages: one channel, several providers."""
