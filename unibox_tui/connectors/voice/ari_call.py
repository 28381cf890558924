"""One call at an Asterisk: which channels it is, and what of it outlives a restart of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.words import Direction


@dataclass
class Call:
    id: str
    person: Person
    direction: Direction
    customer: str  # channel id of the customer's side
    client_ref: str | None = None
    agent: str = ""
    answered: bool = False
    digits: str = ""
    legs: dict[str, str] = field(default_factory=dict)  # channel of ours -> who has that phone
    recordings: list[str] = field(default_factory=list)

    def kept(self) -> dict[str, Any]:
        """As JSON, without who it is with: its card is known by its id."""
        return {
            "customer": self.customer,
            "out": self.direction is Direction.OUT,
            "ref": self.client_ref or "",
            "agent": self.agent,
            "answered": self.answered,
            "digits": self.digits,
            "legs": dict(self.legs),
            "recordings": list(self.recordings),
        }

    @classmethod
    def restored(cls, id: str, kept: Mapping[str, Any]) -> Call | None:
        """Of what `kept` gave; None for what is no call."""
        customer = reading.word(kept, "customer")
        if not customer:
            return None
        legs = reading.maybe(kept, "legs")
        return cls(
            id,
            Person(f"withheld:{id}", "withheld"),
            Direction.OUT if kept.get("out") is True else Direction.IN,
            customer,
            reading.word(kept, "ref") or None,
            reading.word(kept, "agent"),
            kept.get("answered") is True,
            reading.word(kept, "digits"),
            {leg: reading.word(legs, leg) for leg in legs},
            reading_list(kept, "recordings"),
        )


def reading_list(data: Mapping[str, Any], key: str) -> list[str]:
    found = data.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
