"""Saved views: `views.toml` beside config.toml for one agent's own, `views.toml` in the store for the team's. A table each,
in the order of the tabs; the file can be handed to others.

    [vip]
    title = "VIP"
    query = "label:vip status:open"
    sort = "wait"
    key = "g 2"
    columns = ["window", "labels"]
    colours = [{ query = "wait>2h", colour = "red", mark = "!" }]
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unibox_tui.config import own_file
from unibox_tui.config.model import Config
from unibox_tui.domain.errors import Conflict, NotFound, UniboxError, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.views.query import parse

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

COLUMNS = ("window", "status", "looking", "labels", "waiting", "subject")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "grey")
BUILT_IN = ("mine", "unassigned", "waiting", "closing", "snoozed", "all")
_NAME = re.compile(r"[^\W_][\w .-]{0,39}")
_TEXTS = ("query", "title", "key", "sort")


@dataclass(frozen=True, slots=True)
class Rule:
    """Conversations of the view that `query` finds have this mark, in this colour."""

    query: str
    colour: str = ""
    mark: str = "!"


@dataclass(frozen=True, slots=True)
class Saved:
    """`where`: own, shared, or config (a [views.NAME] of config.toml, changed there)."""

    name: str
    query: str
    title: str = ""
    key: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    colours: tuple[Rule, ...] = field(default=())
    hide_empty: bool = False
    where: str = "own"

    @property
    def whole(self) -> str:
        """The query with its order."""
        return f"{self.query} sort:{self.sort}" if self.sort else self.query

    def table(self) -> dict[str, Any]:
        """As the file has it; what is empty is left out."""
        found = {name: value for name, value in asdict(self).items() if name not in ("name", "where") and value}
        return {**found, **({"columns": list(self.columns)} if self.columns else {}), **({"colours": [asdict(rule) for rule in self.colours]} if self.colours else {})}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """Where views are kept."""

    own: Path
    shared: Path

    def of(self, where: str) -> Path:
        return self.shared if where == "shared" else self.own


def load(config: Config, places: Places) -> list[Saved]:
    """Those of the configuration, the team's, one's own; a later one of the same name takes the place of the earlier.
    Raises BadFile naming the file and the view."""
    found = {
        name: Saved(name, view.query, view.title, view.key, hide_empty=view.hide_empty, where="config")
        for name, view in config.views.items()
    }
    for where in ("shared", "own"):
        found |= {one.name: one for one in read(places.of(where), where)}
    return list(found.values())


def read(path: Path, where: str = "own") -> list[Saved]:
    return _read(path, own_file.read(path, runs=False), where)


def save(places: Places, view: Saved) -> None:
    """In the place of the one of that name in the same file, else as the last."""
    if not _NAME.fullmatch(view.name) or view.name in BUILT_IN:
        raise WrongUse(say("A view cannot be called {name!r}.", name=view.name), hint="A short name of its own.")

    def edit(document: TOMLDocument) -> None:
        document[view.name] = _toml(view.table())

    _change(places, view.where, edit)


def remove(places: Places, name: str) -> Saved:
    """Raises NotFound; Conflict for one that only config.toml has."""
    view = _find(places, name)
    _change(places, view.where, lambda document: document.__delitem__(name))
    return view


def rename(places: Places, name: str, new: str) -> None:
    view = _find(places, name)
    if any(one.name == new for where in ("own", "shared") for one in read(places.of(where), where)):
        raise Conflict(say("There is a view {name!r} already.", name=new))
    _reorder(places, view.where, lambda names: names, {name: new})


def move(places: Places, name: str, to: int) -> None:
    """To place `to` (from 1) among the views of its file."""
    view = _find(places, name)

    def order(names: list[str]) -> list[str]:
        rest = [one for one in names if one != name]
        at = min(max(to - 1, 0), len(rest))
        return [*rest[:at], name, *rest[at:]]

    _reorder(places, view.where, order, {})


def to_text(views: Sequence[Saved]) -> str:
    """A file to hand on."""
    import tomlkit

    document = tomlkit.document()
    for view in views:
        document[view.name] = _toml(view.table())
    return tomlkit.dumps(document)


def from_text(text: str, named: Path, where: str) -> list[Saved]:
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise own_file.BadFile(say("{path} is not TOML: {why}.", path=named, why=error)) from None
    return _read(named, data, where)


def _find(places: Places, name: str) -> Saved:
    for where in ("own", "shared"):
        for view in read(places.of(where), where):
            if view.name == name:
                return view
    raise NotFound(
        say("There is no saved view {name!r} that can be changed.", name=name),
        hint="`unibox view list` shows them; those of config.toml are changed there.",
    )


def _reorder(places: Places, where: str, order: Callable[[list[str]], list[str]], names: Mapping[str, str]) -> None:
    def edit(document: TOMLDocument) -> None:
        tables = {name: document[name] for name in list(document)}
        for name in tables:
            del document[name]
        for name in order(list(tables)):
            document[names.get(name, name)] = tables[name]

    _change(places, where, edit)


def _change(places: Places, where: str, edit: Callable[[TOMLDocument], None]) -> None:
    path = places.of(where)
    own_file.change(path, edit, lambda data: _read(path, data, where), shared=where == "shared")


def _toml(table: Mapping[str, Any]) -> Any:
    import tomlkit

    made = tomlkit.table()
    for name, value in table.items():
        if name == "colours":
            rules = tomlkit.array()
            for rule in value:
                inline = tomlkit.inline_table()
                inline.update(rule)
                rules.append(inline)
            made[name] = rules
        else:
            made[name] = value
    return made


def _read(path: Path, data: Mapping[str, Any], where: str) -> list[Saved]:
    return [_view(path, name, table, where) for name, table in data.items()]


def _view(path: Path, name: str, table: Any, where: str) -> Saved:
    def bad(why: str) -> own_file.BadFile:
        return own_file.BadFile(say("{path}, [{name}]: {why}.", path=path, name=name, why=why))

    if not isinstance(table, Mapping) or not isinstance(table.get("query"), str):
        raise bad('a query is needed: query = "label:vip"')
    texts = {key: table.get(key, "") for key in _TEXTS}
    if not all(isinstance(value, str) for value in texts.values()):
        raise bad("query, title, key and sort are texts")
    columns, rules = table.get("columns", []), table.get("colours", [])
    if not isinstance(columns, list) or not all(column in COLUMNS for column in columns):
        raise bad(f"columns are some of {', '.join(COLUMNS)}")
    if not isinstance(rules, list) or not all(
        isinstance(rule, Mapping) and isinstance(rule.get("query"), str) for rule in rules
    ):
        raise bad('colours are rules: colours = [{ query = "wait>2h", colour = "red", mark = "!" }]')
    unknown = set(table) - {*_TEXTS, "columns", "colours", "hide_empty"}
    if unknown:
        raise bad(f"there is no setting {', '.join(sorted(unknown))}")
    made = Saved(
        name,
        texts["query"],
        texts["title"],
        texts["key"],
        texts["sort"],
        tuple(columns),
        tuple(Rule(rule["query"], str(rule.get("colour", "")), str(rule.get("mark", "!"))[:2]) for rule in rules),
        bool(table.get("hide_empty", False)),
        where,
    )
    if any(rule.colour and rule.colour not in COLOURS for rule in made.colours):
        raise bad(f"a colour is one of {', '.join(COLOURS)}")
    for query in (made.whole, *(rule.query for rule in made.colours)):
        try:
            parse(query)
        except UniboxError as error:
            raise bad(error.message.rstrip(".")) from None
    return made


def places(config_folder: Path, store: Path) -> Places:
    """The shared file of a home whose store is its own folder would be the agent's own: it has another name there."""
    same = os.path.realpath(config_folder) == os.path.realpath(store)
    return Places(config_folder / "views.toml", store / ("views-shared.toml" if same else "views.toml"))
