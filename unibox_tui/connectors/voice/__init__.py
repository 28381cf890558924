"""The telephone: one channel, several ways to hear of calls. It carries no text and no sound."""
