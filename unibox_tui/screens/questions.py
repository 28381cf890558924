"""More that the sheet asks: somebody found as one types, one of some words or another, a text that may be empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.locale import _
from unibox_tui.widgets.sheet import Choice, Taken

if TYPE_CHECKING:
    from unibox_tui.screens.asking import Asking

Typed = Callable[[str, int], None]


def somebody(asking: Asking, prompt: str, answer: Callable[[Taken], None], typed: Typed, *, text: str = "") -> None:
    """`typed` offers who is found; their `words` must hold what was typed."""
    hint = _("name, address, phone, order code   Enter takes   Esc leaves")
    asking._ask(prompt, (), answer, text=text, free=True, typed=typed, hint=hint)
    typed(text, len(text))


def one_of_or_other(asking: Asking, prompt: str, choices: Sequence[Choice], take: Callable[[Any], None]) -> None:
    def answer(event: Taken) -> None:
        said = event.values[0] if event.values else event.text.strip()
        if said:
            take(said)

    asking._ask(prompt, choices, answer, free=True, typed=lambda text, caret: None, empty=_("another word"))


def words(asking: Asking, prompt: str, take: Callable[[str], None], *, text: str = "") -> None:
    """`take` gets an empty text too: it takes a value away."""
    asking._ask(prompt, (), lambda event: take(event.text.strip()), text=text, free=True, empty=" ")


def while_typing(asking: Asking, prompt: str, typed: Typed, left: Callable[[str], None], *, text: str = "") -> None:
    asking._ask(prompt, (), lambda event: None, text=text, free=True, typed=typed, left=left, empty=" ")
