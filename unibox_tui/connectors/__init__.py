"""One package or file per channel: speaks to a provider, knows no database and no screen."""
