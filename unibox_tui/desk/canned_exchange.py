"""Stored answers as TOML and as a sheet (CSV), out and in again. Files are named by paths beside the written file."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from unibox_tui.desk.canned import Canned
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.text.filling import KINDS
from unibox_tui.text.safe import csv_cell

COLUMNS = ("shortcut", "title", "group", "scope", "language", "text", *KINDS, "buttons", "files")
_TEXTS = ("shortcut", "title", "group", "scope", "language", "text")
_BETWEEN = " | "  # buttons and files in one cell


def to_toml(entries: Iterable[Canned]) -> str:
    """`files` must be paths."""
    import tomlkit

    document = tomlkit.document()
    tables = tomlkit.aot()
    for entry in entries:
        table = tomlkit.table()
        for name, value in _written(entry).items():
            if value:
                table.add(name, _line(value) if isinstance(value, str) else list(value))
        if entry.variants:
            variants = tomlkit.table()
            for kind, text in entry.variants.items():
                variants.add(kind, _line(text))
            table.add("variants", variants)
        tables.append(table)
    document.add("canned", tables)
    return tomlkit.dumps(document)


def from_toml(text: str) -> list[Canned]:
    """Raises WrongUse naming what is wrong and where."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(
            say("This is not TOML: {why}.", why=error), hint="Stored answers are [[canned]] tables."
        ) from None
    tables = found.get("canned")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise WrongUse("There are no [[canned]] tables here.")
    return _once([_read(table, say("entry {n}", n=n)) for n, table in enumerate(tables, 1)])


def to_csv(entries: Iterable[Canned]) -> str:
    sheet = io.StringIO()
    rows = csv.writer(sheet, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for entry in entries:
        written = _written(entry)
        cells = [written[name] for name in _TEXTS] + [entry.variants.get(kind, "") for kind in KINDS]
        cells += [_BETWEEN.join(written["buttons"]), _BETWEEN.join(written["files"])]
        rows.writerow([csv_cell(str(cell)) for cell in cells])
    return "\ufeff" + sheet.getvalue()


def from_csv(text: str) -> list[Canned]:
    """The first line names the columns. Raises WrongUse."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = list(lines)
    except csv.Error as error:
        raise WrongUse(say("Line {n} is no line of a sheet: {why}.", n=lines.line_num, why=error)) from None
    head = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in ("shortcut", "text") if name not in head]
    if missing:
        raise WrongUse(
            say("There is no column {name}.", name=missing[0]),
            hint=say("The first line names the columns: {names}.", names=", ".join(COLUMNS)),
        )
    entries = []
    for n, row in enumerate(rows[1:], 2):
        cells = {name: _cell(value) for name, value in zip(head, row, strict=False) if name in COLUMNS}
        if not any(cells.values()):
            continue
        table: dict[str, Any] = {name: cells[name] for name in _TEXTS if cells.get(name)}
        table["variants"] = {kind: cells[kind] for kind in KINDS if cells.get(kind)}
        for name in ("buttons", "files"):
            table[name] = [part.strip() for part in cells.get(name, "").split("|") if part.strip()]
        entries.append(_read(table, say("line {n}", n=n)))
    return _once(entries)


def _once(entries: list[Canned]) -> list[Canned]:
    """The entries. Raises WrongUse when one would silently take another's place."""
    known: set[tuple[str, str, str]] = set()
    for entry in entries:
        place = (entry.shortcut.strip().lstrip("/").casefold(), entry.scope, entry.language or "")
        if place in known:
            raise WrongUse(
                say("/{shortcut} stands twice.", shortcut=place[0]),
                hint="One for each shortcut, scope and language.",
            )
        known.add(place)
    return entries


def _cell(value: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it."""
    return value[1:] if value.startswith("'") and csv_cell(value[1:]) == value else value


def _written(entry: Canned) -> dict[str, Any]:
    scope = "me" if entry.scope.startswith("agent:") else entry.scope
    return {
        "shortcut": entry.shortcut,
        "title": entry.title,
        "group": entry.group,
        "scope": scope,
        "language": entry.language or "",
        "text": entry.text,
        "buttons": list(entry.buttons),
        "files": [file for file in entry.files if isinstance(file, str)],
    }


def _line(text: str) -> Any:
    import tomlkit

    plain = text.replace("\r\n", "\n")
    if "\n" in plain and "'''" not in plain and '"""' not in plain and not plain.startswith("\n"):
        return tomlkit.string(plain, multiline=True)
    return tomlkit.string(plain)


def _read(table: Mapping[str, Any], where: str) -> Canned:
    known = {*_TEXTS, "buttons", "files", "variants"}
    for name, value in table.items():
        if name not in known:
            raise WrongUse(
                say("{where}: {name!r} is no field of a stored answer.", where=where, name=name),
                hint=say("There are: {names}.", names=", ".join(sorted(known))),
            )
        lists = name in ("buttons", "files")
        right = isinstance(value, dict if name == "variants" else list if lists else str)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if not right or not all(isinstance(part, str) for part in parts):
            raise WrongUse(say("{where}: {name} is not as it should be.", where=where, name=name), hint=_SHAPES[lists])
    if not str(table.get("shortcut", "")).strip():
        raise WrongUse(say("{where} has no shortcut.", where=where))
    return Canned(
        shortcut=table["shortcut"],
        text=table.get("text", ""),
        title=table.get("title", ""),
        language=table.get("language") or None,
        scope=table.get("scope") or "team",
        group=table.get("group", ""),
        variants=dict(table.get("variants", {})),
        buttons=tuple(table.get("buttons", ())),
        files=tuple(table.get("files", ())),
    )


_SHAPES = ("A text; variants are a table of texts.", "A list of texts.")
