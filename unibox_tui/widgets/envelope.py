"""What one answer by mail has of its own: to whom, copies, the subject, whether the words it answers stand below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.locale import _
from unibox_tui.views.models import Way


@dataclass(frozen=True, slots=True)
class Envelope:
    """Empty: as the inbox does it. Addresses as they are typed: `name@example.com` or `Name <name@example.com>`."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    quote: bool | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Envelope:
        """As a draft keeps it."""
        return cls(
            tuple(options.get("to_people", ())),
            tuple(options.get("cc", ())),
            tuple(options.get("bcc", ())),
            str(options.get("subject", "")),
            options.get("quote"),
        )

    def options(self) -> dict[str, Any]:
        """For a draft: only what is set."""
        found = {"to_people": list(self.to), "cc": list(self.cc), "bcc": list(self.bcc), "subject": self.subject}
        return {
            **{name: value for name, value in found.items() if value},
            **({} if self.quote is None else {"quote": self.quote}),
        }

    def args(self) -> dict[str, Any]:
        """For the desk's `reply`: only what is set."""
        found: dict[str, Any] = {
            name: [person(one) for one in people]
            for name, people in (("to", self.to), ("cc", self.cc), ("bcc", self.bcc))
            if people
        }
        if self.subject:
            found["subject"] = self.subject
        if self.quote is not None:
            found["quote"] = self.quote
        return found


def people(typed: str) -> tuple[str, ...]:
    """The addresses in a line, with commas between. Raises WrongUse for what is none."""
    from email.utils import formataddr, getaddresses

    found = []
    for name, address in getaddresses([typed.replace(";", ",")]):
        if not name and not address:
            continue
        if not address.partition("@")[0] or "." not in address.partition("@")[2]:
            raise WrongUse(_("“{typed}” is no mail address.").format(typed=address or name), hint="name@example.com")
        found.append(formataddr((name, address)) if name.isascii() else f"{name} <{address}>")
    return tuple(dict.fromkeys(found))


def person(said: str) -> dict[str, str]:
    from email.utils import parseaddr

    name, address = parseaddr(said)
    return {"name": name, "address": address}


def shown(envelope: Envelope, way: Way, *, everyone: bool) -> Iterator[str]:
    """What the composer's head says of it, after the inbox."""
    yield ", ".join(envelope.to) or way.address
    if not way.subject:
        return
    copies = (*(way.copies if everyone else ()), *envelope.cc)
    if copies:
        yield _("cc {people}").format(people=_few(copies))
    if envelope.bcc:
        yield _("bcc {people}").format(people=_few(envelope.bcc))
    if envelope.subject:
        yield f"“{envelope.subject}”"
    if envelope.quote is not None:
        yield _("with the original") if envelope.quote else _("without the original")


def _few(people: Sequence[str]) -> str:
    """The one address, or how many: the sheet shows them all."""
    return person(people[0])["address"] if len(people) == 1 else str(len(people))
