"""The panel's first lines: eight whatever is known, within the width, money as people write it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fake_selling import sold
from tests.support.fake_workspace import NOW
from unibox_tui.text.width import width
from unibox_tui.views.models import Panel
from unibox_tui.views.order_models import Contacted, OutsidePanel, OutsideRow, PanelNews, RiskLine, Running
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.panel_news import first_lines, money, order_lines, outside_lines

BARE = Panel(1, "", "", "", "", (), (), (), (), (), None, None, 0)
NEWS = PanelNews(
    Running(10_482, "Đơn giao thiếu áo " * 5, "open", "An", NOW - 60_000),
    (sold(), sold(18, "returned")),
    tuple(Contacted("line", "LI", n, "out", NOW, "ขอบคุณค่ะ " * 9) for n in range(3)),
    (RiskLine("r", "bom hàng 2 lần", "an", "", "+84903111224", NOW),),
    True,
    700_000,
    (("name", "Hà", "Ha Nguyen", "crm"),),
)


@pytest.fixture
def palette() -> Palette:
    return Palette("dark")


@pytest.mark.parametrize("cells", [24, 38, 60])
@pytest.mark.parametrize("panel", [BARE, replace(BARE, name="Hà", title="chị", conversations=3, news=NEWS)])
def test_there_are_eight_lines_of_the_width(panel: Panel, cells: int, palette: Palette) -> None:
    lines = first_lines(panel, cells, NOW, palette)
    assert len(lines) == 8
    assert all(width(line.text) <= cells for line in [*lines, *order_lines(panel, cells, NOW, palette)])


def test_a_blocked_customer_and_a_risk_stand_on_the_second_line(palette: Palette) -> None:
    second = first_lines(replace(BARE, news=NEWS), 60, NOW, palette)[1].text
    assert "blocked" in second
    assert "! bom hàng 2 lần (an)" in second


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (590_000, "VND", "590,000 ₫"),
        (125_050, "THB", "1,250.50 ฿"),
        (1_200, "USD", "12 $"),
        (None, "VND", ""),
        (5, "CHF", "0.05 CHF"),
    ],
)
def test_money(amount: int | None, currency: str, said: str) -> None:
    assert money(amount, currency) == said


def test_an_external_panel_takes_the_lines_that_were_reserved(palette: Palette) -> None:
    waiting = OutsidePanel("shop", "Shop", 3)
    full = replace(waiting, state="here", rows=tuple(OutsideRow(str(n), "x") for n in range(9)))
    failed = replace(waiting, state="failed", error="HTTP 500")
    sizes = {len(list(outside_lines([one], 38, palette))) for one in (waiting, full, failed)}
    assert sizes == {4}
    assert "HTTP 500" in next(iter(outside_lines([failed], 38, palette)))[1].text
