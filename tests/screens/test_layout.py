"""Where the panes stand at each size."""

from __future__ import annotations

import pytest

from unibox_tui.screens.layout import arrange


def test_the_design_at_120() -> None:
    layout = arrange(120, 30, pane="list", panel_open=False)
    assert (layout.list, layout.thread, layout.panel, layout.row_lines) == (37, 49, 32, 3)


def test_80_by_24_has_two_panes_and_the_customer_over_the_thread() -> None:
    layout = arrange(80, 24, pane="list", panel_open=False)
    assert (layout.list, layout.thread, layout.panel, layout.row_lines) == (28, 51, 0, 2)
    opened = arrange(80, 24, pane="panel", panel_open=True)
    assert (opened.list, opened.thread, opened.panel) == (28, 0, 51)


@pytest.mark.parametrize(("pane", "panel_open"), [("list", False), ("thread", False), ("panel", True)])
def test_one_pane_under_80(pane: str, panel_open: bool) -> None:
    layout = arrange(40, 20, pane=pane, panel_open=panel_open)  # type: ignore[arg-type]
    assert layout.one_pane
    assert getattr(layout, pane) == 40
    assert not layout.rules


def test_200_is_airy() -> None:
    layout = arrange(220, 50, pane="list", panel_open=False)
    assert (layout.list, layout.thread, layout.panel) == (48, 96, 40)


@pytest.mark.parametrize("width", range(100, 200))
def test_three_panes_fill_the_width_and_leave_room_to_read(width: int) -> None:
    layout = arrange(width, 30, pane="list", panel_open=False)
    assert layout.list + layout.thread + layout.panel + 2 == width
    assert layout.thread >= 40
