"""In a store that another account serves, an inbox is added by that account."""

from __future__ import annotations

import os

import pytest

from tests.cli.conftest import Unibox
from unibox_tui.host.paths import Home


def test_an_agent_of_a_team_cannot_add_an_inbox_and_learns_who_can(
    unibox: Unibox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (unibox.folder / "config.toml").read_text()
    monkeypatch.setattr(Home, "owned_by_us", lambda self: False)
    ran = unibox("inbox", "add", "shop", "--channel", "form", "--no-check", "--json")
    assert ran.status == 1
    owner = ran.error
    assert owner["code"] == "others_store"
    assert "sudo -u " in owner["hint"]
    assert (unibox.folder / "config.toml").read_text() == before
    assert not os.path.exists(unibox.folder / "secrets" / "shop")
