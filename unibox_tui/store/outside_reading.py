"""What a machine may say of a contact or an order, checked before anything is written. Nothing unknown is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.fields import FieldRule
from unibox_tui.domain.fields import checked as checked_field
from unibox_tui.domain.orders import FIELDS, checked, state_of
from unibox_tui.domain.saying import say

LANGUAGES = ("vi", "th", "en")
LONGEST = {"name": 200, "title": 40, "note": 20_000}
MOST_KEYS = 20
_CONTACT = frozenset(
    (
        "external_id",
        "contact",
        "conversation",
        "name",
        "title",
        "language",
        "note",
        "phones",
        "emails",
        "labels",
        "attributes",
    )
)
_ORDER = frozenset((*FIELDS, "state", "order", "conversation", "contact", "customer_external_id", "at"))


@dataclass(frozen=True, slots=True)
class ContactGiven:
    """`fields` as `merging.change` names them. `contact`, `conversation`: our numbers."""

    external_id: str = ""
    contact: int | None = None
    conversation: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # to be put on; none is taken off


@dataclass(frozen=True, slots=True)
class OrderGiven:
    """`at`: when the state was reached, epoch ms; 0: now."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""
    order: int | None = None
    conversation: int | None = None
    contact: int | None = None
    customer_external_id: str = ""
    at: int = 0


def contact(body: Any, rules: Mapping[str, FieldRule] | None = None) -> ContactGiven:
    """Raises WrongUse naming the field."""
    given = _object(body, _CONTACT)
    fields: dict[str, str] = {}
    for name in ("name", "title", "note", "language"):
        if name not in given:
            continue
        text = _text(given, name, LONGEST.get(name, 10))
        if name == "language" and text and text not in LANGUAGES:
            raise WrongUse(say("There is no language {word!r} here.", word=text), hint="vi, th or en.")
        fields[name] = text if name == "note" else " ".join(text.split())
    attributes = given.get("attributes", {})
    if not isinstance(attributes, Mapping):
        raise WrongUse("attributes: an object is needed.")
    for name, value in attributes.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise WrongUse(say("{name}: that is no text.", name=f"attributes.{name}"))
        fields[f"attributes.{name}"] = checked_field(str(name), str(value), rules)
    found = ContactGiven(
        _text(given, "external_id", 200),
        _number(given, "contact"),
        _number(given, "conversation"),
        fields,
        _texts(given, "phones"),
        _texts(given, "emails"),
        _texts(given, "labels"),
    )
    if not (found.external_id or found.contact or found.conversation or found.phones or found.emails):
        raise WrongUse(
            "Nothing says which contact is meant.", hint="external_id, contact, conversation, phones or emails."
        )
    return found


def order(body: Any, shop: str = "") -> OrderGiven:
    """`shop`: when the body names none. Raises WrongUse naming the field."""
    given = _object(body, _ORDER)
    fields = {name: checked(name, given[name]) for name in FIELDS if name in given}
    fields.setdefault("shop", shop)
    found = OrderGiven(
        fields,
        state_of(_text(given, "state", 40)) if given.get("state") else "",
        _number(given, "order"),
        _number(given, "conversation"),
        _number(given, "contact"),
        _text(given, "customer_external_id", 200),
        _number(given, "at") or 0,
    )
    if not (found.order or fields.get("external_id")):
        raise WrongUse("Nothing says which order is meant.", hint="external_id, or order: our number.")
    return found


def _object(body: Any, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise WrongUse("A JSON object is needed.")
    if unknown := sorted(map(str, body.keys() - known)):
        raise WrongUse(
            say("There is no field {key!r}.", key=unknown[0]),
            hint=say("There are: {names}.", names=", ".join(sorted(known))),
        )
    return body


def _text(given: Mapping[str, Any], name: str, longest: int) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WrongUse(say("{name}: that is no text.", name=name))
    if len(value) > longest:
        raise WrongUse(say("{name}: that is too long.", name=name), hint=say("At most {n} characters.", n=longest))
    return value.strip()


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name, [])
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MOST_KEYS:
        raise WrongUse(say("{name}: a list of at most {n} is needed.", name=name, n=MOST_KEYS))
    if not all(isinstance(one, str) and 0 < len(one) <= 200 for one in value):
        raise WrongUse(say("{name}: that is no text.", name=name))
    return tuple(value)


def _number(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is not None and (type(value) is not int or not 0 < value < 2**53):
        raise WrongUse(say("{name}: that is no number.", name=name))
    return value
