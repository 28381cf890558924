"""An inbox that should run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors.contract import Connector
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.store.inboxes import InboxRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Its row as it was when it was configured, the settings it was made from, and its connector."""

    row: InboxRow
    settings: Any
    connector: Connector


Able = Callable[[], Mapping[int, Wanted]]
"""Those that are on now, by inbox id."""
Broken = Callable[[int, ConnectorError], Awaitable[None]]
"""Told that an inbox needs a person."""
