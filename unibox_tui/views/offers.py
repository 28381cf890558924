"""Stored answers and suggestions as the composer takes them. Texts are as they would go to this customer now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored answer. `variant`: chat, sms or mail where it has one for this kind of channel, else "". `missing`: variables
    that nobody has filled; `stops`: places in `text` for the caret. `files`: as the desk keeps them, or paths."""

    key: str
    shortcut: str
    title: str
    group: str
    text: str
    variant: str = ""
    missing: tuple[str, ...] = ()
    stops: tuple[int, ...] = ()
    bubbles: int = 1
    buttons: tuple[str, ...] = ()
    files: tuple[Mapping[str, Any] | str, ...] = ()
    scope: str = "team"
    editable: bool = True


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion: a stored answer that fits (`stored`), or how a similar question was answered (`conversation`)."""

    text: str
    likeness: float  # 0 to 1
    stored: Stored | None = None
    conversation: int | None = None
    author: str = ""
