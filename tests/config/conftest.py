# ruff: noqa: RUF009  setting() makes a field
from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

import pytest

from unibox_tui.connectors import registry
from unibox_tui.connectors.settings import InboxSettings, setting
from unibox_tui.domain.errors import WrongUse


@dataclass(frozen=True, kw_only=True)
class PigeonSettings(InboxSettings):
    """Carrier pigeons."""

    SECRETS: ClassVar[tuple[str, ...]] = ("whistle",)

    loft: str = setting("where they live", example="roof")
    birds: int = setting("how many", default=2)
    speed: float = setting("km/h", default=80.0)
    colours: tuple[str, ...] = setting("of the birds", default=(), example=["grey"])
    food: str = setting("what they eat", default="corn", choices=("corn", "seeds"))
    caller: list[str] = setting("a program that whistles", default=[], runs=True)
    until: int | str = setting("days or all", default=90)
    names: dict[str, str] = setting("by ring", default={})

    def __post_init__(self) -> None:
        if self.birds < 1:
            raise WrongUse("birds: at least one is needed.", hint="Buy one.")


@pytest.fixture
def pigeon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel that only the registry knows of."""
    module = ModuleType("pigeon_channel")
    module.PigeonSettings = PigeonSettings  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pigeon_channel", module)
    monkeypatch.setitem(registry.CHANNELS, "pigeon", ("pigeon_channel", "PigeonSettings", "Pigeon"))
