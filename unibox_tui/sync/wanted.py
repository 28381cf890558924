"""An inbox that should run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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


def can(connector: object, ability: Any) -> bool:
    """`isinstance` for the abilities of the contract, looked at once for each class: asking hundreds of connectors whether
    they fit a protocol, at each step of each worker, is dear."""
    found: bool = _has((type(connector), ability))
    return found


@lru_cache(maxsize=1_024)
def _has(asked: tuple[type, Any]) -> bool:
    return issubclass(*asked)


Able = Callable[[], Mapping[int, Wanted]]
"""Those that are on now, by inbox id."""
Broken = Callable[[int, ConnectorError], Awaitable[None]]
"""Told that an inbox needs a person."""
