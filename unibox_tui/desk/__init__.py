"""What an agent, human or bot, can do. Plain functions over a Tx; one function serves key, command and verb."""
