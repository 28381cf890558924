from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from unibox_tui.locale import set_language


@pytest.fixture(autouse=True)
def one_place_and_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are drawn in the machine's zone: here it is one, and the words are English."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    set_language("en")
    yield
    monkeypatch.undo()
    time.tzset()
