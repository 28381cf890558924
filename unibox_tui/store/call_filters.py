"""What queries ask of calls, as conditions over `conversation c`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from unibox_tui.text.fold import fold

if TYPE_CHECKING:
    from unibox_tui.store.filters import Scope

_OF = "SELECT 1 FROM message m CROSS JOIN call k ON k.n = m.n WHERE m.conversation_id {here} AND m.kind = 'call'"


def reason(values: Sequence[str], scope: Scope, in_thread: Callable[[str], str]) -> str:
    """A call of the thread is about one of these; `any`, `none`."""
    parts = []
    for value in values:
        if value in ("any", "none"):
            found = in_thread(f"{_OF} AND k.reason <> ''")
            parts.append(f"NOT {found}" if value == "none" else found)
        else:
            parts.append(in_thread(f"{_OF} AND k.reason_folded GLOB {scope.bind(f'*{_literal(fold(value))}*')}"))
    return f"({' OR '.join(parts)})" if parts else "0"


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)
