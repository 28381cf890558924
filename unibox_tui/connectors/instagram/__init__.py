"""Instagram: professional accounts, by Instagram's own login or through their Facebook Page."""
