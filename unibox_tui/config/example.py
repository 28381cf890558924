"""`config.example.toml`, made from the settings classes: `python -m unibox_tui.config.example > config.example.toml`."""

from __future__ import annotations

import dataclasses
import json
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unibox_tui.config import outside
from unibox_tui.config.commands import Command, Hook
from unibox_tui.config.model import Assistant, Canned, Group, SecretPlaces, Ui, View, Web, Workspace
from unibox_tui.config.notify import Notify
from unibox_tui.connectors import registry
from unibox_tui.connectors.settings import AppSettings, secret_fields

_HEAD = """\
# unibox: every setting there is. Lines that are commented out show the default, or an example after "e.g.".
# Passwords and tokens are never in this file: `unibox inbox add` stores them.
"""
_OUTSIDE = {"shops": "shop-a", "fields": "size", "panels": "shop", "outgoing": "crm", "systems": "pos"}
_INBOX_NAMES = {"email": "shop-a", "livechat": "shop-a-chat", "form": "shop-a-contact"}


def example_toml(*, channels: Iterable[str] | None = None, active: bool = True) -> str:
    """The documented file. `active`: with a working example of every table; else all of it is commented out, as a file
    to begin with."""
    parts = [
        _HEAD,
        _table("workspace", Workspace, active=True),
        _table("ui", Ui, active=True),
        _table("notify", Notify, active=True),
        _keys(active),
        _table("web", Web, active=True),
        _table("secrets", SecretPlaces, active=True),
        _table('groups."Shop A"', Group, active=active),
        _table("apps.shop-a-app", AppSettings, active=active, values={"channel": _app_channel()}),
    ]
    for channel in registry.CHANNELS if channels is None else channels:
        kind = registry.settings_class(channel)
        secrets = secret_fields(kind)
        notes = [f"Secrets it may have: {', '.join(secrets)}."] if secrets else []
        values = {"channel": channel}
        parts.append(_table(f"inbox.{_inbox_name(channel)}", kind, active=active, values=values, notes=notes))
        if secrets:
            parts[-1] += _comment("a program that prints a secret of this inbox; {name} is filled in, e.g.")
            parts[-1] += '# secret_command = ["pass", "show", "unibox/{inbox}/{name}"]\n'
    parts.append(_table("canned", Canned, active=active, many=True))
    parts.append(_table("assistant", Assistant, active=True, notes=["Its secret, where it needs one: `key`."]))
    parts.append(_table("views.vip", View, active=active))
    parts.append(_table("commands.parcel", Command, active=active))
    parts.append(_table("hooks.vip", Hook, active=active))
    parts.append(_table("orders", outside.Orders, active=active))
    parts += [
        _table(f"{section}.{_OUTSIDE[section]}", kind, active=active) for section, kind in outside.SECTIONS.items()
    ]
    parts.append(_table("privacy", outside.Privacy, active=active))
    parts.append(_policy(active))
    return "\n".join(parts)


def toml_value(value: Any) -> str:
    """One value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {toml_value(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(toml_value(entry) for entry in value) + "]"
    # A JSON string is a basic TOML string, but for DEL.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")


def _table(
    name: str,
    kind: type,
    *,
    active: bool,
    many: bool = False,
    values: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> str:
    off = "" if active else "# "
    text = f"{off}[[{name}]]\n" if many else f"{off}[{name}]\n"
    about = (kind.__doc__ or "").strip().splitlines()[0]
    if about.startswith(f"{kind.__name__}("):  # what the dataclass decorator writes where there is no docstring
        about = f"An inbox of the channel {(values or {}).get('channel', name)}."
    text = _comment(about) + "".join(_comment(note) for note in notes) + text
    for field in dataclasses.fields(kind):
        text += _setting(field, (values or {}).get(field.name), off)
    return text


def _setting(field: dataclasses.Field[Any], value: Any, off: str) -> str:
    example = field.metadata.get("example")
    choices = [choice for choice in field.metadata.get("choices", ()) if choice != ""]
    words = field.metadata.get("help", "")
    if choices:
        words += f" ({', '.join(map(str, choices))})"
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    if value is not None or default is dataclasses.MISSING:
        return _comment(words) + f"{off}{field.name} = {toml_value(example if value is None else value)}\n"
    # What must be given together with the required ones is shown live too.
    live = bool(field.metadata.get("ask")) and not off and default in ("", (), []) and example is not None
    if live:
        return _comment(words) + f"{field.name} = {toml_value(example)}\n"
    # An empty default says little: show what could stand there instead.
    if (default is None or default in ("", (), [], {})) and example is not None:
        return _comment(f"{words}, e.g.") + f"# {field.name} = {toml_value(example)}\n"
    return _comment(words) + f"# {field.name} = {toml_value(default)}\n"


def _keys(active: bool) -> str:
    off = "" if active else "# "
    return (
        _comment("Keys by place (list, thread, panel, compose …) and action; `?` in the app lists them all.")
        + _comment("A list without keys unbinds the action.")
        + f'{off}[keys.list]\n{off}resolve = ["e"]\n'
    )


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in textwrap.wrap(text, 116))


def _policy(active: bool) -> str:
    """Its keys are those of the policy file, which no settings class lists."""
    head = "# What a channel allows and costs, laid over the dated file of unibox: docs/policy.md.\n"
    return (
        f"{head}{'' if active else '# '}[policy.zalo.rules.paid]\n# price in the currency's main unit\n# price = 55\n"
    )


def _app_channel() -> str:
    """The first whose inboxes share an app."""
    channels = registry.CHANNELS
    return next((name for name in channels if hasattr(registry.settings_class(name), "app")), next(iter(channels)))


def _inbox_name(channel: str) -> str:
    return _INBOX_NAMES.get(channel, f"shop-a-{channel}")


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() and key.isascii() else json.dumps(key)


if __name__ == "__main__":
    sys.stdout.write(example_toml())
