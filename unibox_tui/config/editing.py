"""Changes the configuration file by command and leaves everything else in it as it was, comments included.

Every change is checked as a whole before it is written, at once or not at all. tomlkit is imported here only.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unibox_tui.config.reading import NAME, parse
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.host.files import PRIVATE_FILE, write_atomic

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


def refuse_bad_name(name: str, taken: Container[str] = ()) -> None:
    """Raises WrongUse for a name that no inbox may have, Conflict for one that is `taken`."""
    if not NAME.fullmatch(name):
        raise WrongUse(f"An inbox cannot be named {name!r}.", hint="Use small letters, digits, dot, dash and _.")
    if name in taken:
        raise Conflict(
            f"There is an inbox {name!r} already.",
            hint="Choose another name; `unibox inbox secret` changes its password, `unibox inbox remove` ends it.",
        )


def add_inbox(path: Path, name: str, values: Mapping[str, Any]) -> None:
    """Append `[inbox.NAME]`; a missing file is made. Raises Conflict when the name is taken, ConfigError when the result
    would not be valid."""
    refuse_bad_name(name)

    def change(document: TOMLDocument) -> None:
        import tomlkit

        inboxes = _table(document, "inbox", super_table=True)
        if name in inboxes:
            raise Conflict(f"There is an inbox {name} already.", hint="Choose another name, or remove it first.")
        table = tomlkit.table()
        for key, value in values.items():
            if value is not None:
                table.add(key, _plain(value))
        inboxes.add(name, table)

    _edit(path, change, create=True)


def add_inboxes(path: Path, inboxes: Mapping[str, Mapping[str, Any]], apps: Mapping[str, Mapping[str, Any]]) -> None:
    """Append many `[inbox.NAME]` in one change, and the `[apps.NAME]` that are not there yet."""
    for name in inboxes:
        refuse_bad_name(name)

    def change(document: TOMLDocument) -> None:
        import tomlkit

        for section, tables in (("apps", apps), ("inbox", inboxes)):
            if not tables:
                continue
            parent = _table(document, section, super_table=True)
            for name, values in tables.items():
                if name in parent and section == "apps":
                    continue
                if name in parent:
                    raise Conflict(f"There is an inbox {name} already.", hint="Choose another name.")
                table = tomlkit.table()
                for key, value in values.items():
                    if value is not None:
                        table.add(key, _plain(value))
                parent.add(name, table)

    _edit(path, change, create=True)


def remove_inbox(path: Path, name: str) -> None:
    """Take `[inbox.NAME]` out. Its history stays in the store. Raises NotFound."""

    def change(document: TOMLDocument) -> None:
        inboxes = document.get("inbox")
        if inboxes is None or name not in inboxes:
            raise NotFound(f"There is no inbox {name} in {path}.", hint="`unibox inbox list` shows them.")
        del inboxes[name]
        if not inboxes:
            del document["inbox"]

    _edit(path, change)


def set_value(path: Path, key: tuple[str, ...], value: Any) -> None:
    """Set one key, as ("inbox", "shop-a", "paused"); None takes it out. The file and tables missing are made."""
    if not key:
        raise WrongUse("No setting is named.")

    def change(document: TOMLDocument) -> None:
        table: Any = document
        for part in key[:-1]:
            if part not in table and value is None:
                return
            table = _table(table, part, super_table=part in ("inbox", "apps", "groups", "views", "keys"))
        if value is None:
            table.pop(key[-1], None)
        else:
            table[key[-1]] = _plain(value)

    _edit(path, change, create=True)


def _edit(path: Path, change: Callable[[TOMLDocument], None], *, create: bool = False) -> None:
    import tomlkit

    # Where people keep their files elsewhere and link to them, the link stays.
    real = Path(os.path.realpath(path))
    before = _content(real)
    if before is None and not create:
        raise NotFound(f"There is no configuration {path}.", hint="`unibox init` writes one.", code="no_config")
    old = (before or b"").decode("utf-8-sig")
    if old:
        parse(old, path, inboxes=False)
    document = tomlkit.parse(old)
    change(document)
    text = tomlkit.dumps(document)
    text += "" if text.endswith("\n") else "\n"
    parse(text, path)
    mode = PRIVATE_FILE if before is None else stat.S_IMODE(real.stat().st_mode)
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _content(real) != before:
        raise Conflict(f"{path} was changed by somebody else just now; nothing was written.", hint="Try again.")
    write_atomic(real, text.encode(), mode)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _table(parent: Any, name: str, *, super_table: bool) -> Table:
    import tomlkit

    if name not in parent:
        parent.add(name, tomlkit.table(is_super_table=super_table))
    table: Table = parent[name]
    return table


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
