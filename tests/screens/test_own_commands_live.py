"""The example of the page on own commands, pressed on a real terminal: a menu, a line, a yes, and where the print goes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT
from tests.e2e.house import App, until
from tests.screens.test_resize_storm import app, world  # noqa: F401  fixtures
from tests.support.world import World

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]
OWN = ROOT / "docs" / "your-own-keys-and-commands.md"


@pytest.fixture
def told(world: World, tmp_path: Path) -> Path:  # noqa: F811
    """Before the app starts: the page's commands, each calling a program that prints and keeps what it was given."""
    (block,) = (block for block in pages.blocks(OWN, "toml") if "[commands." in block)
    kept = tmp_path / "kept"
    for name in ("parcel-state", "shop-refund", "rewrite", "crm-tui"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" | tee -a {kept}\n[ {name} != rewrite ] || tail -1\n')
        program.chmod(0o755)
        block = block.replace(f'"{name}"', f'"{program}"')
    config = world.db.path.parent / "config.toml"
    config.write_text(config.read_text("utf-8") + "\n" + block, "utf-8")
    config.chmod(0o600)
    return kept


def test_the_commands_of_the_page(told: Path, app: App, world: World) -> None:  # noqa: F811
    def kept() -> list[str]:
        return told.read_text("utf-8").splitlines() if told.exists() else []

    app.see("r reply")
    app.keys("g", "g")
    app.keys("g", "9")
    app.see("GHN", "GHTK", "Kerry")
    app.typed("ker\n")
    app.see("Mã vận đơn?")
    app.typed("SPX; rm -rf\n")
    app.see("parcel-state --carrier Kerry SPX; rm -rf")
    app.keys("Escape").see("r reply")

    number = world.row("SELECT id FROM conversation ORDER BY last_at DESC LIMIT 1")["id"]
    app.typed(":refund\n")
    app.see("Bao nhiêu?")
    app.typed("250000\n")
    app.see("Hoàn tiền cho khách này?", "Yes")
    app.keys("Escape").see("r reply")
    assert len(kept()) == 1  # nothing was run without a yes
    app.typed(":refund\n")
    app.see("Bao nhiêu?")
    app.typed("250000\n")
    app.see("Hoàn tiền cho khách này?")
    app.keys("Enter")
    until(lambda: len(kept()) == 2, else_=app.screen)
    assert kept()[1].endswith(f"{number} 250000")

    app.typed(":polite\n")
    app.see("Alt-Enter", "rewrite --polite")
    assert not world.rows("SELECT 1 FROM outbox")
    app.keys("Escape", "Escape")
    app.quiet()
    app.keys("Q")
    app.see("ENDED 0")
