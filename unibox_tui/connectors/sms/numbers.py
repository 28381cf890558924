"""Telephone numbers as Vietnamese carriers write them: 0901…, 84901…, +84901…; and short codes."""

from __future__ import annotations

import re

_COUNTRY = "84"


def international(number: str) -> str:
    """+84…, as an identity's address has it; short codes and sender names stay as they are."""
    said = re.sub(r"[\s().-]", "", number)
    digits = said.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        return said
    if said.startswith("+"):
        return said
    if digits.startswith("00") and len(digits) >= 10:
        return "+" + digits[2:]
    if digits.startswith("0") and len(digits) >= 10:
        return f"+{_COUNTRY}{digits[1:]}"
    if digits.startswith(_COUNTRY) and len(digits) >= 11:
        return "+" + digits
    return said


def domestic(number: str) -> str:
    """0901…; of other countries the digits with the country's."""
    said = international(number)
    return f"0{said[3:]}" if said.startswith(f"+{_COUNTRY}") else said.removeprefix("+")


def digits(number: str) -> str:
    """84901…"""
    return international(number).removeprefix("+")
