"""Whether two contacts are one customer: a pure decision over the evidence between them. Precision before recall.

Joined automatically is only what the channel vouches for on both sides, by a key that is no placeholder, not ours and not
shared. Everything weaker is a suggestion with its reasons.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Kind = Literal["phone", "email", "platform", "order", "bank"]
KEYS = frozenset(("phone", "email", "platform"))
MATTERS = frozenset(("order", "bank"))
MATTER_MS = 60 * 86_400_000
MOST_HOLDERS = 2  # a key on more contacts than this tells nothing
AUTOMATIC_SCORE = 1_000

_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_PLUS_TAGS = _GMAIL | frozenset(
    (
        "outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com", "fastmail.com",
        "fastmail.fm", "proton.me", "protonmail.com", "pm.me", "zoho.com", "yandex.com", "yandex.ru",
    )
)  # fmt: skip
_NOBODY = re.compile(
    r"(?:do[-_.]?)?no[-_.]?t?[-_.]?reply.*|mailer[-_.]?daemon|postmaster|bounces?(?:[-_.+].*)?|notifications?|notify"
    r"|alerts?|newsletters?|undisclosed.*|unknown|none|null|anonymous|test|example|abuse|root|webmaster|hostmaster"
)
_ROLE = re.compile(
    r"info|contact(?:us)?|hello|hi|office|admin(?:istrator)?|sales|support|help(?:desk)?|service|customer[-_.]?(?:care|service)"
    r"|cskh|cs|hotro|lienhe|kinhdoanh|ketoan|banhang|shop|store|order(?:s)?|billing|invoice(?:s)?|accounts?|accounting|hr"
    r"|jobs|marketing|team|mail|email|feedback|enquir(?:y|ies)|inquir(?:y|ies)|reception|booking|reservations?"
)


class Level(StrEnum):
    """How a key came to a contact."""

    VERIFIED = "verified"  # the channel vouches for it
    STATED = "stated"  # in a form, a profile, or kept by a colleague
    WRITTEN = "written"  # read out of a message


_STRENGTH = {Level.VERIFIED: 3, Level.STATED: 2, Level.WRITTEN: 1}


@dataclass(frozen=True, slots=True)
class Side:
    """Where one of the two has it from. `n`: the message; `at`: epoch ms, None when not known."""

    level: Level
    n: int | None = None
    at: int | None = None
    identity: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The same `value`, in normal form, on both sides. `holders`: contacts that have it, these two included. `ours`: it is
    one of our own addresses or numbers."""

    kind: Kind
    value: str
    mine: Side
    theirs: Side
    holders: int = 2
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`score` orders suggestions: two independent reasons stand above one. `reasons`: the evidence that counted."""

    what: Literal["automatic", "suggestion", "none"]
    score: int = 0
    reasons: tuple[Evidence, ...] = ()


NONE = Decision("none")


def decide(evidence: Iterable[Evidence], names: tuple[str, str] = ("", "")) -> Decision:
    """`names`: what the two are called; people of clearly different names are never joined without being asked."""
    usable = [item for item in evidence if _counts(item)]
    if not usable:
        return NONE
    usable.sort(key=lambda item: (-_strength(item), item.kind, item.value))
    score = 100 * _independent(usable) + _strength(usable[0])
    if any(_sure(item, names) for item in usable):
        return Decision("automatic", AUTOMATIC_SCORE + score, tuple(usable))
    return Decision("suggestion", score, tuple(usable))


def _counts(item: Evidence) -> bool:
    if item.ours or item.holders > MOST_HOLDERS or not item.value or placeholder(item.kind, item.value):
        return False
    if item.kind in MATTERS and item.mine.at is not None and item.theirs.at is not None:
        return abs(item.mine.at - item.theirs.at) <= MATTER_MS
    return True


def _sure(item: Evidence, names: tuple[str, str]) -> bool:
    if item.kind not in KEYS or item.mine.level is not Level.VERIFIED or item.theirs.level is not Level.VERIFIED:
        return False
    if item.kind == "phone":  # families share a telephone: a given name alone does not tell them apart
        return names_agree(*names) and len(_words(names[0]) & _words(names[1])) >= 2
    return item.kind == "platform" or names_agree(*names)


def _strength(item: Evidence) -> int:
    """9 for a key vouched for on both sides, down to 2; a shared matter lies between stated and written."""
    if item.kind in MATTERS:
        return 5
    return _STRENGTH[item.mine.level] * _STRENGTH[item.theirs.level] + (item.kind == "platform")


def _independent(usable: Sequence[Evidence]) -> int:
    """A transfer that names the order says nothing new."""
    matters: list[str] = []
    for value in sorted({item.value for item in usable if item.kind in MATTERS}, key=len):
        if not any(known in value for known in matters):
            matters.append(value)
    return len(matters) + len({(item.kind, item.value) for item in usable if item.kind in KEYS})


# -- keys ----------------------------------------------------------------------------------------------------------


def normal_email(address: str) -> str:
    """What an address is compared by: lower case, without plus-tags where the provider has them, without Gmail's dots.
    "" for what is no address."""
    local, at, domain = unicodedata.normalize("NFC", address).strip().strip("<>").casefold().rpartition("@")
    domain = domain.rstrip(".")
    if not at or not local or "." not in domain or any(c.isspace() for c in local + domain):
        return ""
    if domain in _PLUS_TAGS:
        local = local.partition("+")[0]
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}" if local else ""


def nobody(address: str) -> bool:
    """Whether no person writes from this e-mail address (noreply@, mailer-daemon@): whom its words name is somebody else.
    A role's address (hello@) has a person behind it."""
    return "@" in address and _NOBODY.fullmatch(address.partition("@")[0].partition("+")[0].lower()) is not None


def placeholder(kind: str, value: str) -> bool:
    """Stands for nobody, or for whoever has the job: noreply@, info@, +84999999999, a code of zeros."""
    if kind == "email":
        local = value.partition("@")[0].partition("+")[0]
        return _NOBODY.fullmatch(local) is not None or _ROLE.fullmatch(local) is not None
    digits = re.sub(r"[^0-9]", "", value)
    if kind == "phone":
        tail = digits[-9:]
        return (
            len(digits) < 8
            or len(set(tail[-8:])) == 1
            or tail in "0123456789012345678"
            or tail in "9876543210987654321"
        )
    if kind in MATTERS:
        return len(value) < 5 or len(digits) < 4 or len(set(digits)) == 1 or digits in "0123456789"
    return not value


_STROKE = str.maketrans("đĐ", "dD")
_POLITE = frozenset(
    ("anh", "chi", "em", "co", "chu", "bac", "ong", "ba", "mr", "mrs", "ms", "miss", "khun", "คณ", "คุณ", "nang", "nai")
)


def names_agree(one: str, other: str) -> bool:
    """Whether two names may be of one person: one is empty, or all words of the shorter are in the longer."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return True
    short, long = sorted((first, second), key=len)
    return short <= long or "".join(sorted(short)) == "".join(sorted(long)) or _glued(one) == _glued(other)


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", _plain(name))) - _POLITE


def _glued(name: str) -> str:
    return "".join(re.findall(r"\w+", _plain(name)))


def _plain(name: str) -> str:
    """Case, Latin accents and the stroke of đ do not matter; Thai marks do."""
    parts = unicodedata.normalize("NFD", name.casefold().translate(_STROKE))
    kept = "".join(c for c in parts if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", "".join(c for c in kept if c.isspace() or unicodedata.category(c)[0] in "LMN"))


# -- whole lists ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """One contact of a list. `keys`: (kind, value in normal form) -> how it is known; `matters`: order codes."""

    id: str
    name: str = ""
    keys: Mapping[tuple[Kind, str], Level] = field(default_factory=dict)
    matters: frozenset[str] = frozenset()


def pairs(contacts: Iterable[Known]) -> dict[tuple[str, str], Decision]:
    """Decisions of all pairs that share something, without those that are none. The contacts come one after the other, as
    they would write; who was joined by then counts as one. Its time is linear in what is shared."""
    town = _Town()
    for contact in contacts:
        town.add(contact)
    return town.decided


class _Town:
    """Who is known so far: the customers they were joined into, and who of them holds what."""

    def __init__(self) -> None:
        self.decided: dict[tuple[str, str], Decision] = {}
        self._customer: dict[str, str] = {}
        self._members: dict[str, list[Known]] = {}
        self._holders: dict[tuple[Kind, str], dict[str, Level]] = {}  # by id of the contact

    def add(self, contact: Known) -> None:
        held = _held(contact)
        shared: dict[str, list[Evidence]] = {}
        for (kind, value), level in held.items():
            others = self._having(kind, value)
            if len(others) == MOST_HOLDERS - 1:
                [(other, theirs)] = others.items()
                shared.setdefault(other, []).append(Evidence(kind, value, Side(level), Side(theirs)))
        own = contact.id
        self._customer[own], self._members[own] = own, [contact]
        for other, evidence in sorted(shared.items()):
            decision = decide(evidence, (self._name(own), self._name(other)))
            self._tell(contact, other, decision)
            if decision.what == "automatic":
                own = self._join(other, own)
        for key, level in held.items():
            self._holders.setdefault(key, {})[contact.id] = level

    def _having(self, kind: Kind, value: str) -> dict[str, Level]:
        """customer -> the best way one of its contacts has this, of no more customers than matter."""
        found: dict[str, Level] = {}
        for id, level in self._holders.get((kind, value), {}).items():
            customer = self._customer[id]
            if customer not in found or _STRENGTH[level] > _STRENGTH[found[customer]]:
                found[customer] = level
            if len(found) >= MOST_HOLDERS:
                break
        return found

    def _tell(self, contact: Known, other: str, decision: Decision) -> None:
        if decision.what == "none":
            return
        reasons = {(item.kind, item.value) for item in decision.reasons}
        for member in self._members[other]:
            if decision.what == "automatic" or reasons & _held(member).keys():
                a, b = sorted((contact.id, member.id))
                self.decided[a, b] = decision

    def _join(self, customer: str, other: str) -> str:
        for member in self._members[other]:
            self._customer[member.id] = customer
        self._members[customer] += self._members.pop(other)
        return customer

    def _name(self, customer: str) -> str:
        return next((member.name for member in self._members[customer] if member.name), "")


def _held(contact: Known) -> dict[tuple[Kind, str], Level]:
    matters: dict[tuple[Kind, str], Level] = {("order", code): Level.WRITTEN for code in contact.matters}
    return dict(contact.keys) | matters
