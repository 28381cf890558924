"""Capabilities as the JSON kept on the inbox row."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from unibox_tui.domain.policy import Capabilities, SendRule


def dumps(capabilities: Capabilities) -> str:
    return json.dumps(dataclasses.asdict(capabilities), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def loads(text: str) -> Capabilities:
    """Fields that a newer unibox wrote are passed over; missing ones take their defaults."""
    raw = json.loads(text or "{}")
    rules = tuple(SendRule(**_known(SendRule, rule)) for rule in raw["rules"]) if "rules" in raw else None
    values = _known(Capabilities, {key: value for key, value in raw.items() if key != "rules"})
    return Capabilities(**values) if rules is None else Capabilities(**values, rules=rules)


def _known(cls: type, raw: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(cls)}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items() if key in names}
