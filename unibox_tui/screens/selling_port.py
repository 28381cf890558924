"""What the screens need of orders and of the panels of other systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unibox_tui.views.order_models import OrderLine, OutsidePanel
from unibox_tui.views.orders import Scanned


class Selling(Protocol):
    async def draft(self, conversation: int) -> str:
        """A new order as a line to edit: `amount=590000, phone=…`, filled from the conversation."""
        ...

    async def orders(self, conversation: int) -> Sequence[OrderLine]:
        """Of the conversation's customer, the newest first."""
        ...

    async def scanned(self, said: str) -> Scanned: ...
    def panels(self) -> Sequence[OutsidePanel]:
        """Those of the configuration, still without rows."""
        ...

    async def panel(self, name: str, conversation: int) -> OutsidePanel:
        """Asked now or a short while ago; what went wrong is in it."""
        ...
