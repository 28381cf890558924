"""Pictures of the screen that read as keystrokes: what stands there after these keys, at four sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.fake_workspace import NOW, FakeWorkspace, entry
from tests.support.screen_text import settle, type_text
from unibox_tui.app import UniboxApp
from unibox_tui.screens.ports import Draft

Compare = Callable[..., bool]
SIZES = [(120, 30), (80, 24), (40, 20), (200, 50)]


def picture(keys: str = "", *, wait: float = 0.0) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        if keys:
            await type_text(pilot, keys)
        await settle(pilot, wait)

    return before


@pytest.mark.parametrize("size", SIZES)
def test_the_first_screen(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture())


@pytest.mark.parametrize("size", SIZES)
def test_enter(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("\n"))


@pytest.mark.parametrize("size", SIZES)
def test_enter_and_i(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("\ni"))


@pytest.mark.parametrize("size", SIZES)
def test_a_reply_in_vietnamese(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = "rDạ chị Hà ơi, em xin lỗi chị ạ. Kho đang đóng gói bù, mai em giao chị nhé."
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture(keys, wait=0.7))


@pytest.mark.parametrize("size", SIZES)
def test_a_note_in_thai(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(
        UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("jnลูกค้ารอนานแล้ว ช่วยโทรกลับด้วยนะ", wait=0.7)
    )


@pytest.mark.parametrize("size", SIZES)
def test_labels(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("jl"))


@pytest.mark.parametrize("size", SIZES)
def test_a_search(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("/thieu", wait=0.3))


@pytest.mark.parametrize("size", SIZES)
def test_help(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("?"))


@pytest.mark.parametrize("size", SIZES)
def test_health(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("gh"))


@pytest.mark.parametrize("size", SIZES)
def test_history(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("H"))


@pytest.mark.parametrize("size", SIZES)
def test_an_empty_view(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=size, run_before=picture("5", wait=0.4))


def test_every_state_of_an_answer(snap_compare: Compare) -> None:
    workspace = FakeWorkspace(4)
    ours = {"direction": "out", "author_kind": "agent", "author": "An", "mine": True}
    states = ["held", "queued", "sending", "sent", "delivered", "read", "failed", "unknown", "cancelled"]
    workspace.entries[10_482] = [
        entry(
            10_482,
            NOW - (60 - 6 * n) * 60_000,
            f"answer {state}",
            state=state,
            reason="the window closed" if state == "failed" else "",
            **ours,
        )
        for n, state in enumerate(states)
    ]
    assert snap_compare(UniboxApp(workspace), terminal_size=(120, 44), run_before=picture("\n"))


@pytest.mark.parametrize("theme", ["dark", "light", "contrast", "mono"])
def test_themes(snap_compare: Compare, theme: str) -> None:
    workspace = FakeWorkspace(40, theme=theme)
    workspace.drafts[10_482, "note"] = Draft("note", "kho báo hết", 3)
    assert snap_compare(UniboxApp(workspace), terminal_size=(120, 30), run_before=picture("n"))


def test_plain_symbols(snap_compare: Compare) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40, plain=True)), terminal_size=(80, 24), run_before=picture("\n"))


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_row_heights(snap_compare: Compare, lines: int) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40, row_lines=lines)), terminal_size=(120, 30), run_before=picture("j"))


def test_marks(snap_compare: Compare) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=(120, 30), run_before=picture("vjv"))


def test_an_error_stays(snap_compare: Compare) -> None:
    assert snap_compare(UniboxApp(FakeWorkspace(40)), terminal_size=(120, 30), run_before=picture(":open99\n:99\n"))
