"""Taking history in: Maildir, mbox, .eml and unibox JSON Lines. Inert and idempotent; nothing unreadable stops the rest.

`sources` finds the pieces, `mails` reads them, `lines` applies JSON Lines, `run` drives it all and counts.
"""
