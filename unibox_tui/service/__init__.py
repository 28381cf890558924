"""The headless service: pulls, receives, sends, wakes. One per store, by lock and lease; started by an app or a system.

Everything it learns and does goes through the store, so that apps need only the file.
"""

from __future__ import annotations

from unibox_tui.service.front import main
from unibox_tui.service.running import Service

__all__ = ["Service", "main"]
