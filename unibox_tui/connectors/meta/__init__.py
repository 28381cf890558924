"""What Meta's channels share: the Graph API, its webhooks, its consents. No channel itself."""
