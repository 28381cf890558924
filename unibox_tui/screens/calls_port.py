"""What the screens need of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unibox_tui.views.calls import LiveCall


class Telephone(Protocol):
    async def calls(self, conversations: Sequence[int], since: int) -> Sequence[LiveCall]:
        """Calls in these conversations that began after `since` (epoch ms), the oldest first."""
        ...
