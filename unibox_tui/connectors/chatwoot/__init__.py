"""Chatwoot as a helpdesk upstream: its conversations, notes, labels, owners, states and canned replies, both ways."""
