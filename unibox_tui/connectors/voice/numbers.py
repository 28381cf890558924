"""Telephone numbers and phones of ours, as an exchange writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unibox_tui.domain.inbound import Person
from unibox_tui.text.keys import normal_phone

WITHHELD = frozenset(("", "anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "<unknown>"))
_NUMBER = re.compile(r"\+?[0-9]{2,17}")
_ID = re.compile(r"[0-9]{16,20}", re.ASCII)
CARRIED = "zalo_user"


def carried(number: str) -> str:
    """The id of a customer in a network that a trunk leads to; "" for a number. No telephone number is that long."""
    text = number.strip()
    return text if _ID.fullmatch(text) else ""


def person(number: str, name: str, region: str, call: str, *, ids: bool = False) -> Person:
    """The other side. The network's word on who calls can be forged, so nothing is verified; a withheld number is a caller
    of its own with each call. `ids`: customers of another network call by their ids."""
    if ids and carried(number):
        return Person(carried(number), CARRIED, _name(name, number))
    written = clean(number)
    if not written:
        return Person(f"withheld:{call}", "withheld", _name(name, number))
    return Person(normal(written, region), "phone", _name(name, number))


def clean(number: str) -> str:
    """Its digits with a leading +; "" for what is no number."""
    text = number.strip()
    if text.casefold() in WITHHELD:
        return ""
    digits = re.sub(r"[^0-9+]", "", text)
    digits = ("+" + digits.replace("+", "")) if digits.startswith("+") else digits.replace("+", "")
    return digits if _NUMBER.fullmatch(digits) else ""


def normal(number: str, region: str) -> str:
    """E.164 where a numbering plan knows it, so that one customer has one address however the exchange writes it."""
    if number.startswith("00"):
        number = "+" + number[2:]
    found = normal_phone(number, region)
    return found or (normal_phone(f"+{number}", region) if not number.startswith(("+", "0")) else "") or number


def formed(number: str, form: str, region: str, *, ids: bool = False) -> str:
    """As the carrier wants it; "" when it is no number that can be dialled. `ids`: ids of customers are dialled too."""
    if ids and carried(number):
        return carried(number)
    written = clean(number)
    if len(written.lstrip("+")) < 3:
        return ""
    full = normal(written, region)
    if form == "e164" or not full.startswith("+"):
        return full
    if form == "digits":
        return full[1:]
    from phonenumbers import NumberParseException, parse
    from phonenumbers import national_significant_number as national

    try:
        parsed = parse(full, None)
    except NumberParseException:
        return full[1:]
    return f"0{national(parsed)}"


def endpoint(channel: str) -> str:
    """`PJSIP/101-0000002f` -> `PJSIP/101`"""
    return channel.partition(";")[0].rsplit("-", 1)[0] if "-" in channel else channel


def ours(phone: str, agents: Mapping[str, str]) -> str:
    """The agent whose phone this is, else the phone's own name, without the technology before it."""
    bare = _bare(phone)
    for name, own in agents.items():
        if own == phone or _bare(own) == bare:
            return name
    return name_of(bare)


def name_of(text: str) -> str:
    return " ".join(text.split())[:60]


def _bare(phone: str) -> str:
    return phone.rpartition("/")[2].partition("@")[0]


def _name(name: str, number: str) -> str:
    """What the network calls the caller, unless that is the number once more."""
    text = name_of(name)
    return "" if text.casefold() in WITHHELD or clean(text) or text == number else text
