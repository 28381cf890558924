"""Amounts of money in a text, and notices that money was transferred."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from unibox_tui.text.spans import MOST_OF_A_KIND, Confidence, Found, plain_digits

_HOME = {"VN": "VND", "TH": "THB"}
_DECIMALS = {"VND": 0}
_DEFAULT_DECIMALS = 2

_CURRENCIES = {
    "đ": "VND", "₫": "VND", "d": "VND", "đồng": "VND", "dong": "VND", "vnd": "VND", "vnđ": "VND",
    "฿": "THB", "บาท": "THB", "บ.": "THB", "บ": "THB", "thb": "THB", "baht": "THB",
    "$": "USD", "us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP",
}  # fmt: skip
_SCALES = {
    "k": 3, "nghìn": 3, "ngàn": 3, "nghin": 3, "ngan": 3, "พัน": 3, "หมื่น": 4, "แสน": 5,
    "tr": 6, "triệu": 6, "trieu": 6, "củ": 6, "ล้าน": 6, "tỷ": 9, "tỉ": 9, "ty": 9,
}  # fmt: skip
_LOOSE_SCALES = frozenset(("củ", "ty"))  # words of other meanings

_NUMBER = r"[0-9]{1,3}(?:[.,][0-9]{3}){1,4}(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]{1,12}(?:[.,][0-9]{1,2})?(?![0-9])"
_SCALE = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_UNIT = "|".join(sorted(map(re.escape, _CURRENCIES.keys() - {"บ"}), key=len, reverse=True)) + "|บ(?![\u0e01-\u0e4e])"
_LATIN = "A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_AMOUNT = re.compile(
    rf"(?<![0-9A-Za-z_.,+/\-])(?P<before>us\$|usd|vnd|thb|eur|[฿₫$€£]) ?(?P<prefixed>{_NUMBER})(?P<prefixed_k>k(?![a-z0-9]))?"
    rf"|(?<![0-9.,/_A-Za-z#])(?:"
    rf"(?P<scaled>[0-9]{{1,6}}(?:[.,][0-9]{{1,3}})?) ?(?P<scale>{_SCALE})"
    rf"(?:(?P<glued>[0-9]{{1,3}})|(?P<half> rưỡi)| (?P<rest>[0-9]{{1,3}}) ?(?:k|nghìn|ngàn|nghin|ngan))?(?![0-9{_LATIN}])"
    rf"(?: ?(?P<scaled_unit>đồng|dong|vnd|vnđ|đ|₫|บาท|฿|baht|thb|usd))?"
    rf"|(?P<plain>{_NUMBER})(?: ?(?P<unit>{_UNIT})(?![0-9{_LATIN}]))?)",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+\Z")

_TRANSFER = re.compile(
    r"(?<!\w)(?:ck|c/k|chuyển khoản|chuyen khoan|chuyển tiền|chuyen tien|đã chuyển|da chuyen|banking|bank transfer"
    r"|transferred|wire transfer)(?![^\W\d])|(?<!\w)gd ?: ?\+|(?:แจ้งโอน|ยอดโอน|โอนเงิน|โอนแล้ว|โอนให้|โอนไป|โอนยอด|โอน(?= ?[0-9฿])|เงินเข้า)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?<!\w)(?:nội dung|noi dung|nd|ref|reference|mã gd|ma gd|mã giao dịch|ma giao dich)(?:(?: ck)? ?[:.#=]| là| )"
    r" ?(?P<latin>[\w][\w .\-/]{2,50})"
    r"|(?:เลขที่รายการ|เลขอ้างอิง|รหัสอ้างอิง|อ้างอิง) ?[:.#]? ?(?P<thai>[A-Za-z0-9][A-Za-z0-9\-]{3,40})",
    re.IGNORECASE,
)
_WINDOW_BEFORE, _WINDOW_AFTER = 40, 140


_NAMED = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_FIRST = re.compile(rf"\s*(?P<word>{_NAMED})\s*(?=[0-9])", re.IGNORECASE)
_LAST = re.compile(rf".*[^{_LATIN}]\s*(?:(?:{_SCALE})\s*)?(?P<word>{_NAMED})\s*\Z", re.IGNORECASE | re.DOTALL)


def currency_named(amount: str) -> str:
    """The currency that stands with an amount as somebody types it (`฿590`, `590k đ`), "" when none does."""
    plain = plain_digits(unicodedata.normalize("NFC", amount))
    found = _FIRST.match(plain) or _LAST.match(plain)
    return _CURRENCIES[found["word"].lower()] if found else ""


class _Amount(NamedTuple):
    quantity: Decimal
    currency: str
    confidence: Confidence


def find_amounts(text: str, region: str) -> list[Found]:
    """Amounts with a currency or a scale ("590k", "1tr2", "1,200 บาท", "$12.50"); "590.000" alone is of low confidence.

    What has no currency of its own is in that of `region`; in a region without one only written currencies count.
    """
    found: list[Found] = []
    home = _HOME.get(region.upper())
    for match in _AMOUNT.finditer(plain_digits(text)):
        amount = _read(match, home)
        if amount is None or amount.quantity <= 0:
            continue
        decimals = _DECIMALS.get(amount.currency, _DEFAULT_DECIMALS)
        minor = int((amount.quantity * 10**decimals).to_integral_value())
        shown = Decimal(minor).scaleb(-decimals)
        value = f"{shown:f}" if shown != shown.to_integral_value() else f"{int(shown)}"
        start, end = match.span()
        found.append(
            Found(
                "amount", f"{value} {amount.currency}", text[start:end], start, end, amount.confidence,
                minor=minor, currency=amount.currency,
            )
        )  # fmt: skip
        if len(found) >= MOST_OF_A_KIND:
            break
    return found


def find_transfers(text: str, amounts: Sequence[Found], orders: Sequence[Found]) -> list[Found]:
    """Notices of a bank transfer ("em ck 590k nội dung DH20381", "โอนแล้ว 1,200 บาท"), from the word that says so to
    what belongs to it. Without an amount in the same line near by the confidence is low."""
    plain = plain_digits(text)
    starts = [amount.start for amount in amounts]
    order_starts = [order.start for order in orders]
    found: list[Found] = []
    reach = 0
    for match in _TRANSFER.finditer(plain):
        if match.start() < reach:
            continue
        low, high = _line_around(plain, match)
        amount = _nearest(amounts, starts, match, low, high)
        order = _nearest(orders, order_starts, match, low, high)
        told = _REFERENCE.search(plain, match.end(), high)
        start, end = match.span()
        for part in (amount, order):
            if part:
                start, end = min(start, part.start), max(end, part.end)
        if start < reach:  # another word of the same notice
            continue
        reference = order.value if order else None
        if told and not (order and told.start() < order.start < told.end()):
            group = "latin" if told["latin"] else "thai"
            reference = told[group].rstrip(" .-/")
            end = max(end, told.start(group) + len(reference))
        found.append(
            Found(
                "bank", amount.value if amount else "", text[start:end], start, end, "high" if amount else "low",
                minor=amount.minor if amount else None, currency=amount.currency if amount else None,
                reference=reference,
            )
        )  # fmt: skip
        reach = end
        if len(found) >= MOST_OF_A_KIND:
            break
    return found


def _read(match: re.Match[str], home: str | None) -> _Amount | None:
    if match["prefixed"]:
        quantity = _number(match["prefixed"]) * (1000 if match["prefixed_k"] else 1)
        return _Amount(quantity, _CURRENCIES[match["before"].lower()], "high")
    if match["scaled"]:
        return _scaled(match, home)
    unit = (match["unit"] or "").lower()
    quantity = _number(match["plain"])
    if unit == "d":  # đồng without its stroke, or the end of a code
        return _Amount(quantity, _CURRENCIES[unit], "low") if _GROUPED.match(match["plain"]) else None
    if unit:
        return _Amount(quantity, _CURRENCIES[unit], "high")
    if home and match["plain"][0] != "0" and _GROUPED.match(match["plain"]):
        return _Amount(quantity, home, "low")
    return None


def _scaled(match: re.Match[str], home: str | None) -> _Amount | None:
    scale = _SCALES[match["scale"].lower()]
    unit = match["scaled_unit"]
    currency = _CURRENCIES[unit.lower()] if unit else home
    if currency is None or (scale == 3 and match["glued"]):
        return None
    quantity = Decimal(match["scaled"].replace(",", ".")) * 10**scale
    if match["glued"]:
        quantity += Decimal(f"0.{match['glued']}") * 10**scale
    if match["half"]:
        quantity += Decimal(10**scale) / 2
    if match["rest"]:
        quantity += Decimal(match["rest"]) * 1000
    sure = unit is not None or (currency == "VND" and quantity >= 5000)
    return _Amount(quantity, currency, "high" if sure else "low")


def _number(written: str) -> Decimal:
    """ "1.200.000", "1,200.50", "12.50", "590000": three digits after a separator are thousands, fewer are a fraction."""
    whole, fraction = written, ""
    if (tail := re.search(r"[.,]([0-9]{1,2})\Z", written)) is not None:
        whole, fraction = written[: tail.start()], tail[1]
    return Decimal(f"{re.sub('[.,]', '', whole)}.{fraction or '0'}")


def _line_around(plain: str, match: re.Match[str]) -> tuple[int, int]:
    low = plain.rfind("\n", max(0, match.start() - _WINDOW_BEFORE), match.start()) + 1 or max(
        0, match.start() - _WINDOW_BEFORE
    )
    high = plain.find("\n", match.end(), match.end() + _WINDOW_AFTER)
    return low, high if high >= 0 else min(len(plain), match.end() + _WINDOW_AFTER)


def _nearest(items: Sequence[Found], starts: Sequence[int], match: re.Match[str], low: int, high: int) -> Found | None:
    """The first one after the word in its line, else the last one before it."""
    index = bisect_left(starts, match.start())
    if index < len(items) and items[index].end <= high:
        return items[index]
    return items[index - 1] if index and items[index - 1].start >= low else None
