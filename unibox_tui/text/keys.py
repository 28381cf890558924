"""What keys of people are compared by, and codes of bank transfers."""

from __future__ import annotations

import re

from unibox_tui.domain.matching import normal_email
from unibox_tui.text.money import find_transfers
from unibox_tui.text.spans import Found, Taken, plain_digits

_DIGITS = re.compile("[0-9]{4}")
_CODE = re.compile(r"(?=[A-Z0-9]*[0-9]{4})[A-Z0-9]{7,24}")


def normal(kind: str, value: str, region: str) -> str:
    """The form in which two keys of one kind are compared; "" when it compares with nothing. `region`: the inbox's."""
    if kind == "email":
        return normal_email(value)
    if kind == "phone":
        return normal_phone(value, region)
    return value.strip()


def normal_phone(value: str, region: str) -> str:
    """E.164, or "" for what no numbering plan knows."""
    clean = plain_digits(value).strip()
    if re.fullmatch(r"\+?[0-9]{8,15}", clean) is None:
        clean = re.sub(r"(?<=.)[^0-9]", "", clean)
    from unibox_tui.text.phones import find_phones

    found = find_phones(clean, region, Taken(len(clean)))
    return found[0].value if found and len(found) == 1 and found[0].end - found[0].start >= len(clean) - 1 else ""


def transfer_codes(text: str) -> list[Found]:
    """The codes in the references of the bank transfers that `text` tells of: kind `bank`, the code as value. Both who
    sends and who asks about a transfer write it."""
    if _DIGITS.search(text) is None:
        return []
    return [
        Found("bank", word.upper(), word, item.start, item.end, "high")
        for item in find_transfers(text, (), ())
        for word in re.findall(r"[A-Za-z0-9]+", item.reference or "")
        if _CODE.fullmatch(word.upper())
    ]
