"""What may follow while a query is typed: fields, their values, and the names this workspace uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from unibox_tui.text.fold import fold
from unibox_tui.views.query.fields import BY_ANY_NAME, FIELDS, SORTS, Field

_TYPED = re.compile(
    r'(?:^|(?<=[\s(]))-?(?P<name>[^\W\d_][\w-]*)(?P<op>:[<>]?=?|[<>]=?|=)(?P<values>(?:"[^"]*"?|[^\s"()])*)$'
)
_WORD = re.compile(r"[^\s()\"]*$")
_LAST = re.compile(r'(?:^|,)(?P<last>"[^"]*"?|[^",]*)$')

_TIMES = {
    "duration": ("30m", "1h", "2h", "1d", "7d"),
    "moment": ("today", "yesterday", "7d", "mon"),
    "count": (),
    "amount": ("100k", "500k", "1tr"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """Names of this workspace, as written."""

    labels: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    inboxes: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """Replace `text[start:end]` by `insert`."""

    start: int
    end: int
    insert: str
    help: str


def complete(
    text: str, cursor: int, known: Known, *, parts: frozenset[str] = frozenset(), limit: int = 20
) -> list[Completion]:
    """Proposals for the place of the cursor, best first; `parts` as for `parse`."""
    before = text[:cursor]
    typed = _TYPED.search(before)
    field = BY_ANY_NAME.get(typed["name"].casefold()) if typed else None
    if typed is None:
        return _fields(before, cursor, parts)[:limit]
    if field is None or (field.part and field.part not in parts):
        return []
    found = _LAST.search(typed["values"])
    last = found["last"] if found else ""
    start = cursor - len(last)
    minus = "-" if field.kind == "sort" and last.startswith("-") else ""
    prefix = fold(last.strip('"').removeprefix(minus) if minus else last.strip('"'))
    candidates = list(dict.fromkeys(_values(field, known)))
    ranked = [name for name in candidates if fold(name).startswith(prefix)]
    ranked += [name for name in candidates if name not in ranked and prefix and prefix in fold(name)]
    return [Completion(start, cursor, minus + _written(name), field.help) for name in ranked[:limit]]


def _fields(before: str, cursor: int, parts: frozenset[str]) -> list[Completion]:
    found = _WORD.search(before)
    word = found[0] if found else ""
    bare = word.removeprefix("-").casefold()
    start = cursor - len(word) + (1 if word.startswith("-") else 0)
    usable = [field for field in FIELDS.values() if not field.part or field.part in parts]
    return [
        Completion(start, cursor, field.name + (">" if field.kind == "duration" else ":"), field.help)
        for field in usable
        if field.name.startswith(bare) or any(alias.startswith(bare) for alias in field.aliases if bare)
    ]


def _values(field: Field, known: Known) -> Iterable[str]:
    if field.kind == "sort":
        return SORTS
    if field.kind in _TIMES:
        return _TIMES[field.kind]
    names = {
        "label": known.labels,
        "agent": known.agents,
        "inbox": known.inboxes,
        "page": known.pages,
        "brand": known.brands,
        "language": known.languages,
    }.get(field.names, ())
    return (*field.values, *names)


def _written(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if re.search(r'[\s,()"“”„<>=:|\\.]', name) else name
