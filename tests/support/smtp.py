"""The sandbox's SMTP server by the name the tests know it."""

from __future__ import annotations

from unibox_tui.sandbox.smtp import SmtpSink, SunkMail

__all__ = ["SmtpSink", "SunkMail"]
