"""What the channels allow, from the dated file beside this module: rules, limits and pace, as typed values.

`overrides` is `[policy.CHANNEL]` of the configuration: the same names, laid over the file. `variant` names one of the rows
of which only one can hold (`variants` in the file); empty: all may, and a decision says where they differ.
"""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from unibox_tui.connectors import policy_values as values
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.policy import Capabilities, SendRule, measure
from unibox_tui.domain.saying import say

Table = Mapping[str, Any]
_NONE: Table = {}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may be, and how the provider behaves. Sizes are bytes, spans milliseconds; None: not known."""

    text: int | None = None
    text_unit: str = "characters"  # characters, bytes, sms
    caption: int | None = None
    file: int = 0  # the most of any file; 0: no files
    files: Mapping[str, int] = field(default_factory=dict)  # image/jpeg, image/*, *: bytes; empty: any type
    files_by_url: Mapping[str, int] = field(default_factory=dict)
    upload_ids_live_ms: int | None = None
    receipts: tuple[str, ...] = ()
    answer_within_ms: int | None = None  # a webhook
    redelivery_ms: int | None = None  # how long it is delivered again
    redelivery_tries: int | None = None


def as_of() -> int:
    """The day the file describes, epoch ms."""
    return values.epoch(_file()["as_of"], 0)


def channels() -> tuple[str, ...]:
    return tuple(name for name, table in _file().items() if isinstance(table, dict))


def variants(channel: str, overrides: Table = _NONE) -> dict[str, str]:
    """Names of the rows of which one holds, with what they are called."""
    known = _channel(channel, overrides).get("variants", {})
    return {name: str(table.get("title", name)) for name, table in known.items()}


def rules(channel: str, variant: str = "", *, overrides: Table = _NONE) -> tuple[SendRule, ...]:
    """The rows of the channel in order, cheapest first. Raises WrongUse for a variant or value that is not understood."""
    return _rules(channel, variant) if not overrides else tuple(_made(channel, variant, overrides))


def limits(channel: str, variant: str = "", *, overrides: Table = _NONE) -> Limits:
    """Raises WrongUse as `rules`."""
    table = _chosen(channel, variant, overrides)
    text, files, hook = (table.get(part, {}) for part in ("text", "attachments", "webhook"))
    sizes = {key: int(size) for key, size in files.items() if values.is_type(key)}
    return Limits(
        text=text.get("limit"),
        text_unit=text.get("unit", "characters"),
        caption=text.get("caption"),
        file=max([files.get("any", 0), *sizes.values()]),
        files=sizes,
        files_by_url=dict(files.get("by_url", {})),
        upload_ids_live_ms=_span(files.get("ids_live")),
        receipts=tuple(table.get("can", {}).get("receipts", ())),
        answer_within_ms=_span(hook.get("answer_within")),
        redelivery_ms=_span(hook.get("redelivery")),
        redelivery_tries=hook.get("tries"),
    )


def pace(
    channel: str, what: str = "send", variant: str = "", *, overrides: Table = _NONE
) -> tuple[tuple[float, float], ...]:
    """(requests, seconds) as `Tools.pace` takes them; empty: the provider names none."""
    table = _chosen(channel, variant, overrides)
    return tuple((float(most), values.span(per) / 1000) for most, per in table.get("pace", {}).get(what, ()))


def capabilities(channel: str, variant: str = "", *, overrides: Table = _NONE, **more: Any) -> Capabilities:
    """What an inbox of the channel can do by the file; `more` says what this connector or inbox does otherwise. Where
    `more["extra"]` has `sends`, only these kinds are ever sent, whatever else the provider allows."""
    table = _chosen(channel, variant, overrides)
    most = limits(channel, variant, overrides=overrides)
    can = table.get("can", {})
    captions = {} if most.caption is None else {"caption_limit": most.caption}
    extra = {**captions, **more.pop("extra", {}), "policy": [channel, variant]}
    found: dict[str, Any] = {
        "text_limit": most.text,
        "text_unit": most.text_unit,
        "text_parts": 10 if most.text is not None and most.text_unit != "sms" else 1,
        "attachments": most.file > 0,
        "attachment_limit": most.file,
        "attachment_sizes": dict(most.files),
        "receipts": most.receipts,
        "quotes": bool(can.get("quotes")),
        "edit": bool(can.get("edits")),
        "typing": bool(can.get("typing")),
        "seen": bool(can.get("seen")),
        "idempotent": bool(can.get("idempotent")),
        "starts": bool(can.get("starts")),
        "address_kind": can.get("address_kind", ""),
        "rules": _sent(rules(channel, variant, overrides=overrides), extra),
    }
    return Capabilities(**{**found, **more, "extra": extra})


def _sent(found: tuple[SendRule, ...], extra: Mapping[str, Any]) -> tuple[SendRule, ...]:
    if "sends" not in extra:
        return found
    kinds = [tuple(kind for kind in rule.kinds if kind in extra["sends"]) for rule in found]
    return tuple(dataclasses.replace(rule, kinds=left) for rule, left in zip(found, kinds, strict=True) if left)


def refuse_too_long(text: str, channel: str, variant: str = "") -> None:
    """A last look before a text leaves: raises SendRejected when it is over the provider's own limit."""
    from unibox_tui.connectors.errors import SendRejected

    most = limits(channel, variant)
    if most.text is not None and most.text_unit != "sms" and measure(text, most.text_unit) > most.text:
        raise SendRejected(
            say("The text is longer than {limit} {unit}.", limit=most.text, unit=most.text_unit),
            code="too_long",
        )


def overlaid(base: Capabilities, channel: str, overrides: Table) -> Capabilities:
    """A connector's capabilities with what the configuration says otherwise: rules, text and file limits."""
    if not overrides:
        return base
    name, variant = base.extra.get("policy", (channel, ""))
    most = limits(name, variant, overrides=overrides)
    changed: dict[str, Any] = {}
    if "rules" in overrides or "variants" in overrides or "defaults" in overrides or "utc_offset" in overrides:
        changed["rules"] = _sent(rules(name, variant, overrides=overrides), base.extra)
    if "text" in overrides:
        changed |= {"text_limit": most.text, "text_unit": most.text_unit}
    if "attachments" in overrides and base.attachments:
        changed |= {"attachment_limit": most.file, "attachment_sizes": dict(most.files)}
    return dataclasses.replace(base, **changed)


def believed(channel: str, what: str, at: int, *, overrides: Table = _NONE) -> bool:
    """Whether what the provider reports under this name was worth believing at that time (epoch ms)."""
    table = _channel(channel, overrides)
    report = table.get("reports", {}).get(what)
    if report is None:
        return False
    offset = values.offset(table.get("utc_offset", "+00:00"))
    start = values.epoch(report["from"], offset) if "from" in report else 0
    return at >= start and ("until" not in report or at < values.epoch(report["until"], offset))


def problems(overrides: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What is wrong in `[policy.…]`: (key path without "policy", what, the way out)."""
    for channel, table in overrides.items():
        if channel not in channels():
            yield (channel,), "There is no such channel.", f"Known: {', '.join(channels())}."
        elif not isinstance(table, Mapping):
            yield (channel,), "This must be a table.", f"Write [policy.{channel}]."
        else:
            yield from (((channel, *path), what, fix) for path, what, fix in values.wrong(table))


def check_variant(channel: str, variant: str, overrides: Table = _NONE) -> None:
    """Raises WrongUse naming those there are."""
    known = variants(channel, overrides) if channel in channels() else {}
    if variant and variant not in known:
        raise WrongUse(
            say("There is no policy {name!r} of {channel}.", name=variant, channel=channel),
            hint=say("There are: {names}.", names=", ".join(known)) if known else say("Leave it out."),
            code="unknown_policy",
        )


# -- reading -----------------------------------------------------------------------------------------------------------


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "policy.toml").read_text("utf-8"))


@functools.cache
def _rules(channel: str, variant: str) -> tuple[SendRule, ...]:
    return tuple(_made(channel, variant, _NONE))


def _channel(channel: str, overrides: Table) -> Table:
    if channel not in channels():
        raise WrongUse(say("The policy file knows no channel {name!r}.", name=channel))
    return _over(_file()[channel], overrides)


def _chosen(channel: str, variant: str, overrides: Table) -> Table:
    check_variant(channel, variant, overrides)
    table = _channel(channel, overrides)
    return _over(table, table["variants"][variant]) if variant else table


def _made(channel: str, variant: str, overrides: Table) -> Iterator[SendRule]:
    table = _chosen(channel, variant, overrides)
    offset = values.offset(table.get("utc_offset", "+00:00"))
    source = table.get("source", "")
    rows = sorted(table.get("rules", {}).items(), key=lambda row: row[1].get("rank", 0))
    for name, own in rows:
        row = {**table.get("defaults", {}), **own}
        among = row.get("variants", ())
        if row.get("off") or (among and variant and variant not in among):
            continue
        try:
            rule = values.rule(name, row, offset, source)
        except ValueError as error:
            raise WrongUse(f"policy.{channel}.rules.{name}: {error}", code="bad_policy") from None
        if among and not variant:
            yield from (dataclasses.replace(rule, variant=one) for one in among)
        else:
            yield rule


def _over(base: Table, top: Table) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        merged[key] = _over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def _span(said: str | None) -> int | None:
    return None if said is None else values.span(said)
