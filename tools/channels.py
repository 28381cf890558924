"""Writes docs/channels.md, what works on which channel, from the connectors themselves. `--check` writes nothing and exits
with 1 when the file is old."""

from __future__ import annotations

import argparse
import sys
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unibox_tui.connectors import contract, policy, registry
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.policy import Capabilities, SendRule

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "channels.md"
HEAD = """\
# Channels

<!-- made by tools/channels.py from the connectors and connectors/policy.toml: change those, then run it -->

What each channel can do through unibox. The numbers are the provider's and change: they stand in one dated file,
`unibox_tui/connectors/policy.toml`, and your configuration may say otherwise (`docs/policy.md`). What an inbox may be
answered now, until when and for how much is always said above the text you write.

It is shown as with a public address (`[web] public_url`). Without one nothing is posted here, LINE takes no files, and text
messages have no delivery reports by webhook.
"""
UNITS = ((1_000_000, "MB"), (1_000, "kB"))
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000


def connectors() -> list[tuple[str, Any]]:
    """(title, a connector that speaks to nobody) of each channel and provider."""
    found = []
    for channel in registry.CHANNELS:
        kind = registry.settings_class(channel)
        providers = next((field.metadata.get("choices", ()) for field in fields(kind) if field.name == "provider"), ())
        for provider in providers or ("",):
            settings = kind(**_values(kind, channel, provider))
            title = f"{channel} ({provider})" if provider else channel
            found.append((title, registry.build("an-inbox", settings, lambda _: None, tools=_reachable)))
    return found


def _reachable() -> contract.Tools:
    """As with `[web] public_url`: files that a provider fetches and delivery reports need it."""
    return replace(offline_tools(), public_url="https://YOUR-HOST/h/an-inbox")


def _values(kind: type[InboxSettings], channel: str, provider: str) -> dict[str, Any]:
    """The least a connector can be made from."""
    values: dict[str, Any] = {"channel": channel}
    for field in fields(kind):
        if field.name in values:
            continue
        if field.default is field.default_factory is MISSING or field.metadata.get("ask"):
            example = field.metadata.get("example")
            if example is not None:
                values[field.name] = example
    return values | ({"provider": provider} if provider else {})


def page() -> str:
    rows = [(title, connector, connector.capabilities()) for title, connector in connectors()]
    receive = [
        [
            _link(title),
            *map(_yes, (_hooks(one), isinstance(one, contract.PullsEvents))),
            _yes(isinstance(one, contract.FetchesProfile)),
        ]
        for title, one, _ in rows
    ]
    send = [
        [
            _link(title), _text(able), _files(able), _yes(able.quotes), _yes(isinstance(one, contract.ListsTemplates)),
            _yes(isinstance(one, contract.Reacts)), _yes(able.typing), _yes(able.seen), ", ".join(able.receipts) or "·",
            _yes(able.starts), _unknown(one, able),
        ]
        for title, one, able in rows
    ]  # fmt: skip
    windows = [
        [_link(title), *_rule(rule)]
        for title, _, able in rows
        for rule in able.rules
        if rule.valid_until is None or rule.valid_until > policy.as_of()
    ]
    return "\n".join(
        [
            HEAD,
            "## What comes in",
            _table(["channel", "webhook, socket or form", "asked for", "profile"], receive),
            "",
            "## What goes out",
            _table(
                ["channel", "text", "files", "quotes", "templates", "reactions", "typing", "seen", "receipts", "speaks first", "lost answer"],
                send,
            ),
            "",
            "*lost answer*: what happens when the connection broke after the message had left: it is looked up at the provider,",
            "repeated without harm, or shown as unknown until a person decides.",
            "",
            "## When, and for how much",
            _table(["channel", "rule", "allows", "within", "after", "costs"], windows),
            "",
        ]
    )  # fmt: skip


def _hooks(connector: Any) -> bool:
    return isinstance(connector, contract.VerifiesWebhooks) or not isinstance(connector, contract.PullsEvents)


def _link(title: str) -> str:
    name = title.partition(" ")[0]
    return f"[{title}](channels/{name}.md)" if (DOCS / "channels" / f"{name}.md").exists() else title


def _yes(value: bool) -> str:
    return "✓" if value else "·"


def _text(able: Capabilities) -> str:
    if able.text_unit == "sms":
        return "parts of 160 or 70"
    return "any length" if able.text_limit is None else f"{able.text_limit:,} {able.text_unit}"


def _files(able: Capabilities) -> str:
    if not able.attachments:
        return "·"
    if able.attachment_sizes:
        return ", ".join(f"{kind} {_size(size)}" for kind, size in sorted(able.attachment_sizes.items()))
    return _size(able.attachment_limit) if able.attachment_limit else "✓"


def _size(size: int) -> str:
    return next((f"{size / unit:g} {name}" for unit, name in UNITS if size >= unit), f"{size} B")


def _unknown(connector: Any, able: Capabilities) -> str:
    if able.idempotent:
        return "repeated"
    if able.extra.get("transport") == "store":
        return "cannot happen"
    return "looked up" if isinstance(connector, contract.Reconciles) else "unknown"


def _rule(rule: SendRule) -> list[str]:
    kinds = ", ".join(rule.kinds)
    who = " by a person" if rule.human_only else ""
    within = "always" if rule.within_ms is None else _span(rule.within_ms)
    after = ", ".join(rule.opened_by) if rule.within_ms is not None else "·"
    name = rule.name + (f" ({rule.variant})" if rule.variant else "")
    if rule.valid_from > policy.as_of():
        name += f", from {datetime.fromtimestamp(rule.valid_from / 1000, UTC):%Y-%m-%d}"
    return [name, kinds + who, within, after, _cost(rule)]


def _span(ms: int) -> str:
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if ms % unit == 0 and (unit != DAY or ms >= 2 * DAY):
            return f"{ms // unit} {name}"
    return f"{ms} ms"


def _cost(rule: SendRule) -> str:
    if rule.price:
        return f"{rule.price:,} {rule.currency}".strip()
    return "charged" if getattr(rule, "charged", False) else "free"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = page()
    if parser.parse_args().check:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
