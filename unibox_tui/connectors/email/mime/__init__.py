"""Reading and writing mails: pure functions from bytes to `mail.Mail` and from `write.Outgoing` to bytes."""
