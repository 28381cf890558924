from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from unibox_tui.locale import set_language

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def one_place_and_english_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    set_language("en")
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def messages() -> ModuleType:
    """tools/messages.py"""
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
