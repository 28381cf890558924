"""Telegram: bots, by polling or webhook, and business accounts that a bot answers for."""
