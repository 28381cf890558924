"""Addresses of ours that providers call."""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def can_be_called(url: str) -> bool:
    """Providers post to https only; one on this machine, as the sandbox is, may speak plainly. Empty: there is none."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
