"""What a simulated Chatwoot is made of: its agents, teams, contacts and conversations, and the shapes it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.checks import Check, Wrong, anything, flag, many, number, one_of, shape, text

ROOM = "RoomChannel"
PING_S = 3.0
PAGE, LATEST, AFTER = 25, 20, 100
IN, OUT, ACTIVITY = 0, 1, 2
MESSAGE = shape(
    {"content": text(150_000, least=0)},
    {
        "message_type": one_of("outgoing", "incoming"),
        "private": flag(),
        "echo_id": text(200),
        "content_type": one_of("text"),
        "content_attributes": anything(),
        "template_params": anything(),
    },
)
STATUS = shape({"status": one_of("open", "resolved", "pending", "snoozed")}, {"snoozed_until": number(0)})
LABELS = shape({"labels": many(text(100, pattern=r"[\w-]+"), 0, 100)})
ASSIGN = shape({"assignee_id": anything()})
TYPING = shape({"typing_status": one_of("on", "off")})
CANNED = shape({"short_code": text(100), "content": text(10_000)})
PRIORITY = shape({"priority": one_of("low", "medium", "high", "urgent", None)})


def _fields() -> Check:
    """Custom attributes of a contact: of any name, as long and as great as it keeps them."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong("type", where, "must be an object")
        for name, given in value.items():
            if isinstance(given, str) and len(given) > 1_500:
                raise Wrong("length", f"{where}.{name}", "length should be < 1500")
            if isinstance(given, int) and abs(given) > 9_999_999_999:
                raise Wrong("value", f"{where}.{name}", "value should be < 9999999999")

    return check


CONTACT = shape({"custom_attributes": _fields()})
GONE = shape({"custom_attributes": many(text(100), 1, 100)})


@dataclass(slots=True)
class Agent:
    id: int
    name: str
    email: str

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "type": "user", "thumbnail": ""}


@dataclass(slots=True)
class Contact:
    id: int
    guest: Guest
    fields: dict[str, Any] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.guest.name,
            "email": None,
            "phone_number": self.guest.phone or None,
            "type": "contact",
            "additional_attributes": {},
            "custom_attributes": dict(self.fields),
        }


@dataclass(slots=True)
class Conversation:
    id: int
    guest: Guest
    inbox: int
    contact: Contact
    status: str = "open"
    until: int | None = None
    labels: list[str] = field(default_factory=list)
    assignee: Agent | None = None
    priority: str | None = None
    team: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    active_at: int = 0
    updated_at: int = 0

    def shown(self, account: int) -> dict[str, Any]:
        meta: dict[str, Any] = {"sender": self.contact.shown()}
        if self.assignee is not None:
            meta["assignee"] = self.assignee.shown()
        if self.team:
            meta["team"] = {"id": 1, "name": self.team}
        return {
            "id": self.id,
            "account_id": account,
            "inbox_id": self.inbox,
            "meta": meta,
            "status": self.status,
            "priority": self.priority,
            "labels": list(self.labels),
            "custom_attributes": dict(self.fields),
            "snoozed_until": self.until,
            "last_activity_at": self.active_at // 1000,
            "updated_at": self.updated_at / 1000,
        }


def made_of(parts: Mapping[str, File | str]) -> tuple[dict[str, Any], list[File]]:
    """(fields, files) of a message that came as multipart. Raises Wrong."""
    data: dict[str, Any] = {"content": "", "content_attributes": {}}
    files: list[File] = []
    for name, value in parts.items():
        if isinstance(value, File):
            if name != "attachments[]":
                raise Wrong("unknown", name, "is not permitted")
            files.append(value)
        elif name.startswith("content_attributes["):
            data["content_attributes"][name.partition("[")[2].rstrip("]")] = value
        else:
            data[name] = value == "true" if name == "private" else value
    MESSAGE(data, "")
    return data, files
