"""The mail connector: IMAP or Maildir in, SMTP or a command out."""
