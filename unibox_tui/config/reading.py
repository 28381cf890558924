"""Reads `config.toml`: who may have written it, what it says, and everything that is wrong with it."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unibox_tui.config import outside
from unibox_tui.config.commands import Command, Hook
from unibox_tui.config.convert import convert
from unibox_tui.config.lines import KeyPath
from unibox_tui.config.model import Assistant, Canned, Config, Group, SecretPlaces, Ui, View, Web, Workspace, empty
from unibox_tui.config.notify import Notify
from unibox_tui.config.problems import ConfigError, Problem, Problems, nearest
from unibox_tui.connectors import registry
from unibox_tui.connectors.settings import AppSettings, InboxSettings
from unibox_tui.domain.errors import NotFound, WrongUse

SECTIONS = (
    "workspace",
    "ui",
    "keys",
    "web",
    "secrets",
    "groups",
    "apps",
    "inbox",
    "canned",
    "assistant",
    "views",
    "commands",
    "hooks",
    "notify",
    "policy",
)
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
APP_SECRETS_OF = "app."
SECRETS_OF_OTHERS = (APP_SECRETS_OF, "system.", "outgoing.")
_DISTRUSTED_FIX = "Make it yours alone: chown it to this account and chmod 600."


def load(path: Path, *, inboxes: bool = False, missing_ok: bool = False) -> Config:
    """The settings of `path`.

    `inboxes` reads the inboxes' own settings too, which imports their connectors (the service and `inbox` verbs need it,
    the screen does not). Raises ConfigError with every problem, NotFound when there is no file.
    """
    try:
        text, distrust = _read(path)
    except FileNotFoundError:
        if missing_ok:
            return Config(path=path)
        raise NotFound(
            f"There is no configuration {path}.", hint="`unibox init` writes one.", code="no_config"
        ) from None
    return parse(text, path, inboxes=inboxes, distrust=distrust)


def parse(text: str, path: Path, *, inboxes: bool = True, distrust: str = "") -> Config:
    """As `load`, of a text that is or will be in `path`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path, text, error)]) from None
    problems = Problems(path, text)
    known = (*SECTIONS, "orders", "privacy", *outside.SECTIONS)
    for section in data.keys() - set(known):
        problems.add((section,), "There is no such section.", nearest(section, known))
    reader = _Reader(data, problems, distrust)
    tables = reader.named("inbox")
    secrets = reader.section("secrets", SecretPlaces)
    config = Config(
        path=path,
        workspace=reader.section("workspace", Workspace),
        ui=reader.section("ui", Ui),
        notify=reader.section("notify", Notify),
        web=reader.section("web", Web),
        secrets=secrets,
        keys=reader.keys(),
        groups=reader.each("groups", Group),
        apps=reader.apps(),
        channels={name: channel for name, table in tables.items() if (channel := reader.channel(name, table))},
        inboxes=reader.inboxes(tables) if inboxes else empty(),
        secret_commands=reader.secret_commands({**tables, **reader.app_tables()}, secrets.command),
        canned=reader.canned(),
        assistant=reader.section("assistant", Assistant),
        views=reader.each("views", View),
        commands=reader.each("commands", Command),
        hooks=reader.each("hooks", Hook),
        policy=reader.policy(),
        orders=reader.section("orders", outside.Orders),
        privacy=reader.section("privacy", outside.Privacy),
        **{name: reader.each(name, kind) for name, kind in outside.SECTIONS.items()},
        distrust=distrust,
    )
    _check_values(config, problems)
    problems.raise_if_any()
    return config


def distrust_of(status: os.stat_result) -> str:
    """Why nothing that runs may come from a file like this; empty when it may."""
    if status.st_uid not in (os.geteuid(), 0):
        return f"it belongs to another account (uid {status.st_uid}). {_DISTRUSTED_FIX}"
    if stat.S_IMODE(status.st_mode) & 0o022:
        return f"others may write it (mode {stat.S_IMODE(status.st_mode):04o}). Mend it: chmod go-w."
    return ""


def _read(path: Path) -> tuple[str, str]:
    with open(path, "rb") as file:
        distrust = distrust_of(os.fstat(file.fileno()))
        data = file.read()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), distrust
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(path, line, "", "This is not UTF-8.", "Save the file as UTF-8.")]) from None


def _syntax(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    what, _, place = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else text.count("\n") + 1
    if twice := re.fullmatch(r"Cannot declare \((.+)\) twice", what):
        name = ".".join(re.findall(r"'([^']*)'", twice[1]))
        return Problem(path, line, f"[{name}]", "This table stands twice.", f"Put all its keys below one [{name}].")
    if what == "Cannot overwrite a value":
        return Problem(path, line, "", "This key stands twice in its table.", "Keep one of them.")
    return Problem(path, line, "", f"This is not TOML: {what[:1].lower()}{what[1:]}.", "Is a quote or bracket missing?")


class _Reader:
    def __init__(self, data: Mapping[str, Any], problems: Problems, distrust: str) -> None:
        self.data = data
        self.problems = problems
        self.distrust = distrust

    def section(self, name: str, kind: type[Any]) -> Any:
        return self._convert(kind, self.data.get(name, {}), (name,)) or kind()

    def named(self, section: str) -> dict[str, Mapping[str, Any]]:
        """The tables `[section.NAME]`."""
        tables = self.data.get(section, {})
        if not isinstance(tables, Mapping):
            self.problems.add((section,), "This must be tables.", f"Write [{section}.NAME].")
            return {}
        good = {}
        for name, table in tables.items():
            if not isinstance(table, Mapping):
                self.problems.add((section, name), "This stands outside a table.", f"Write [{section}.NAME] above it.")
            elif section == "inbox" and (not NAME.fullmatch(name) or name.startswith(SECRETS_OF_OTHERS)):
                self.problems.add(
                    (section, name), "An inbox cannot have this name.", "Use small letters, digits, dot, dash and _."
                )
            else:
                good[name] = table
        return good

    def each(self, section: str, kind: type[Any]) -> dict[str, Any]:
        found = {name: self._convert(kind, table, (section, name)) for name, table in self.named(section).items()}
        return {name: value for name, value in found.items() if value is not None}

    def canned(self) -> tuple[Canned, ...]:
        entries = self.data.get("canned", [])
        if not isinstance(entries, list):
            self.problems.add(("canned",), "Stored answers are a list of tables.", "Write [[canned]].")
            return ()
        found = [self._convert(Canned, entry, ("canned", index)) for index, entry in enumerate(entries)]
        return tuple(entry for entry in found if entry is not None)

    def channel(self, name: str, table: Mapping[str, Any]) -> str:
        channel = table.get("channel")
        if channel is None:
            self.problems.add(
                ("inbox", name), '"channel" is missing.', f'Add one: channel = "{next(iter(registry.CHANNELS))}"'
            )
        elif channel not in registry.CHANNELS:
            self.problems.add(
                ("inbox", name, "channel"), "There is no such channel.", nearest(str(channel), registry.CHANNELS)
            )
        else:
            return str(channel)
        return ""

    def inboxes(self, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, InboxSettings]:
        found: dict[str, InboxSettings] = {}
        for name, table in tables.items():
            if table.get("channel") not in registry.CHANNELS:
                continue  # reported by `channel`
            own = {key: value for key, value in table.items() if key != "secret_command"}
            settings = self._convert(registry.settings_class(table["channel"]), own, ("inbox", name))
            if settings is not None:
                found[name] = settings
        return found

    def apps(self) -> dict[str, AppSettings]:
        found: dict[str, AppSettings] = {}
        for name, table in self.named("apps").items():
            own = {key: value for key, value in table.items() if key != "secret_command"}
            if not NAME.fullmatch(name):
                self.problems.add(
                    ("apps", name), "An app cannot have this name.", "Use small letters, digits, dot, dash and _."
                )
            elif (settings := self._convert(AppSettings, own, ("apps", name))) is not None:
                found[name] = settings
        return found

    def policy(self) -> Mapping[str, Mapping[str, Any]]:
        """`[policy.CHANNEL]` as it stands, checked against what the policy file knows."""
        tables = self.named("policy")
        if tables:
            from unibox_tui.connectors import policy

            for path, what, fix in policy.problems(tables):
                self.problems.add(("policy", *path), what, fix)
        return tables

    def app_tables(self) -> dict[str, Mapping[str, Any]]:
        """By the name under which an app's secrets are kept."""
        return {f"{APP_SECRETS_OF}{name}": table for name, table in self.named("apps").items()}

    def secret_commands(self, tables: Mapping[str, Mapping[str, Any]], general: Sequence[str]) -> dict[str, Any]:
        """What `host.secrets.Secrets` takes: inbox -> argv or {secret: argv}; "*" is the workspace's."""
        found: dict[str, Any] = {}
        for name, table in tables.items():
            if "secret_command" in table:
                app = name.removeprefix(APP_SECRETS_OF)
                at: KeyPath = ("apps", app, "secret_command") if app != name else ("inbox", name, "secret_command")
                given = table["secret_command"]
                many = isinstance(given, Mapping)
                read = {key: self._argv(value, (*at, key)) for key, value in given.items()} if many else None
                found[name] = read if read is not None else self._argv(given, at)
        if general:
            found["*"] = general
        return found

    def keys(self) -> dict[str, dict[str, tuple[str, ...]]]:
        tables = self.named("keys")
        if not tables:
            return {}
        from unibox_tui.actions import ACTIONS

        contexts = {context for action in ACTIONS for context in action.contexts}
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for context, table in tables.items():
            if context not in contexts and not context.startswith(("view:", "channel:")):
                self.problems.add(("keys", context), "There is no such place.", nearest(context, contexts))
                continue
            here = [action.id for action in ACTIONS if context in action.contexts or context not in contexts]
            for action, given in table.items():
                at = ("keys", context, action)
                keys = [given] if isinstance(given, str) else given
                if action not in here:
                    self.problems.add(at, "There is no such action here.", nearest(action, here))
                elif not isinstance(keys, list) or not all(isinstance(key, str) and key.strip() for key in keys):
                    self.problems.add(
                        at, "A key or a list of keys is needed.", f'For example: {action} = ["e", "ctrl+e"]. None: []'
                    )
                else:
                    found.setdefault(context, {})[action] = tuple(keys)
        return found

    def _argv(self, given: Any, at: KeyPath) -> tuple[str, ...]:
        if self.distrust:
            self.problems.add(at, f"Programs are not taken from this file: {self.distrust}")
            return ()
        if not isinstance(given, list) or not given or not all(isinstance(part, str) and part for part in given):
            self.problems.add(
                at,
                "A program and its arguments are needed.",
                'For example: secret_command = ["pass", "show", "shop-a"]',
            )
            return ()
        return tuple(given)

    def _convert(self, kind: type[Any], table: Any, at: KeyPath) -> Any:
        return convert(kind, table, at, self.problems, distrust=self.distrust)


def _check_values(config: Config, problems: Problems) -> None:
    """What a single field's type cannot say."""
    _patterns(("workspace", "order_codes"), config.workspace.order_codes, problems)
    for name, group in config.groups.items():
        _patterns(("groups", name, "order_codes"), group.order_codes or (), problems)
    if config.workspace.timezone:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(config.workspace.timezone)
        except (KeyError, ValueError, OSError):
            problems.add(("workspace", "timezone"), "There is no such time zone.", 'For example: "Asia/Bangkok".')
    if config.web.trusted_proxies:
        import ipaddress

        for index, entry in enumerate(config.web.trusted_proxies):
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError:
                problems.add(
                    ("web", "trusted_proxies", index), "This is no address or network.", 'For example: "10.0.0.0/8".'
                )
    public = config.web.public_url
    if public and not re.match(r"https?://[^/\s]+", public):
        problems.add(("web", "public_url"), "This is no web address.", 'For example: "https://inbox.shop-a.example".')
    for name, app in config.apps.items():
        if app.channel not in registry.CHANNELS:
            problems.add(
                ("apps", name, "channel"), "There is no such channel.", nearest(app.channel, registry.CHANNELS)
            )
    for name, settings in config.inboxes.items():
        named = getattr(settings, "app", "")
        if named and named not in config.apps:
            problems.add(
                ("inbox", name, "app"), "There is no such app.", nearest(named, config.apps) or f"Add [apps.{named}]."
            )
        if settings.policy:
            _policy_of(name, settings, config, problems)
    seen: dict[tuple[str, str], int] = {}
    for index, answer in enumerate(config.canned):
        key = (answer.shortcut.casefold(), answer.language)
        if key in seen:
            problems.add(("canned", index, "shortcut"), "Another stored answer has this shortcut.", "Rename one.")
        seen[key] = index


def _policy_of(name: str, settings: InboxSettings, config: Config, problems: Problems) -> None:
    from unibox_tui.connectors import policy

    try:
        policy.check_variant(settings.channel, settings.policy, config.policy.get(settings.channel, {}))
    except WrongUse as error:
        problems.add(("inbox", name, "policy"), error.message, error.hint)


def _patterns(at: KeyPath, patterns: Sequence[str], problems: Problems) -> None:
    for index, pattern in enumerate(patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            problems.add((*at, index), f"This is no regular expression: {error}.", 'For example: "DH[0-9]{5}".')
