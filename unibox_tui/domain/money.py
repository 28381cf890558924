"""Money as an integer in the smallest unit of its currency: đồng, satang, cent."""

from __future__ import annotations

from decimal import Decimal

WHOLE = frozenset(("VND", "JPY", "KRW", "CLP", "ISK"))  # currencies without a smaller unit
MICRO = 1_000_000  # prices of sending are kept in millionths of the main unit
HOME = {"VN": "VND", "TH": "THB"}


def decimals(currency: str) -> int:
    return 0 if currency in WHOLE else 2


def minor(quantity: Decimal, currency: str) -> int:
    return int((quantity * 10 ** decimals(currency)).to_integral_value())


def major(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-decimals(currency))


def text(amount: int, currency: str) -> str:
    """ "590000 VND", "12.50 USD": reads back as the same."""
    return f"{major(amount, currency):f} {currency}"
