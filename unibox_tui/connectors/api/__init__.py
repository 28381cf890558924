"""The shop's own programs as a channel: an app, a chatbot, a marketplace. Signed posts in, signed posts out."""
