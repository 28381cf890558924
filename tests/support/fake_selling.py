"""Orders and external panels in memory, for the screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unibox_tui.views.order_models import OrderLine, OutsidePanel, OutsideRow
from unibox_tui.views.orders import Scanned


def sold(id: int = 17, state: str = "shipped") -> OrderLine:
    """An order of two shirts, on its way."""
    at = 1_763_634_720_000 - 2 * 86_400_000
    return OrderLine(
        id, "DH20381", "shop-a", state, 590_000, "VND", 100_000, 0, "2x Áo thun đen M", 2, "+84903111224", "12 Lê Lợi", "",
        "SPX", "SPXVN01", "", "an", "an", 10_482, 104_820, (("confirmed", at), (state, at + 60_000)), at, at,
    )  # fmt: skip


class FakeSelling:
    """`scanned` finds what `codes` says."""

    def __init__(self) -> None:
        self.lines: list[OrderLine] = []
        self.codes: dict[str, Scanned] = {}
        self.named: list[OutsidePanel] = []
        self.rows: tuple[OutsideRow, ...] = ()

    async def draft(self, conversation: int) -> str:
        return "items=, amount=590000, phone=+84903111224"

    async def orders(self, conversation: int) -> Sequence[OrderLine]:
        return self.lines

    async def scanned(self, said: str) -> Scanned:
        return self.codes.get(said, Scanned("", None))

    def panels(self) -> Sequence[OutsidePanel]:
        return self.named

    async def panel(self, name: str, conversation: int) -> OutsidePanel:
        one = next(one for one in self.named if one.name == name)
        return replace(one, state="here", rows=self.rows)
