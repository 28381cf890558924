"""What the composer's head says of sending: the price, what is left of it and for how long, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unibox_tui.locale import N_, _, language, ngettext
from unibox_tui.text import sms
from unibox_tui.views.models import Way
from unibox_tui.widgets.when import HOUR, number, span

REASONS = {
    "window_closed": N_("window closed"),
    "not_allowed": N_("this inbox cannot answer here"),
    "no_attachments": N_("no files through this inbox"),
    "human_only": N_("only what a person writes"),
    "answers_spent": N_("no answer left until the customer writes"),
    "quota_spent": N_("quota used up"),
    "not_following": N_("does not follow us"),
    "blocked": N_("has blocked us"),
    "not_agreed": N_("has not agreed to it"),
    "outside_hours": N_("not at this hour"),
    "package_too_low": N_("not in the account's package"),
    "inbox_paused": N_("paused: leaves when the inbox is on again"),
    "inbox_broken": N_("inbox needs mending: leaves when it works again"),
}
_OFFERS = {
    "template": N_("t choose a template"),
    "call": N_("a call is possible"),
    "person": N_("answer by hand"),
}
_SIGNS = {"VND": "{n} ₫", "THB": "{n} ฿", "USD": "US${n}", "EUR": "{n} €", "": "{n}"}


@dataclass(frozen=True, slots=True)
class Counted:
    """A text message as it is typed: its parts, whether one character made them short, and its parts without marks."""

    parts: int
    unicode: bool
    plain: int


def counted(way: Way | None, text: str) -> Counted | None:
    """None where nobody counts parts."""
    if way is None or way.text_unit != "sms" or not text:
        return None
    found = sms.parts(text)
    plain = sms.parts(sms.strip_marks(text)).count if found.unicode else found.count
    return Counted(found.count, found.unicode, plain)


def money(amount: float, currency: str) -> str:
    """ "55 ₫", "US$0.0075"; a currency without a sign by its letters."""
    if amount == int(amount):
        written = number(int(amount))
    else:
        written = f"{amount:,.4f}".rstrip("0")
        written = written.translate(str.maketrans(",.", ".,")) if language() == "vi" else written
    return _SIGNS.get(currency, "{n} " + currency).format(n=written)


def open_words(way: Way, now: int, typed: Counted | None = None) -> Iterator[tuple[str, str]]:
    """(words, tone) of a way that takes an answer; tones are dim, warn, danger."""
    if way.tag:
        yield _tag(way.tag), "warn"
    paid = bool(way.price) or way.charged
    if paid and way.total is not None and way.counted == "answers":
        yield _("{nth} answer").format(nth=_nth((way.used or 0) + 1)), "warn"
    elif way.total is not None:
        yield _left(way), "warn" if way.total - (way.used or 0) < 2 else "dim"
    if paid:
        yield _price(way, typed), "warn"
    elif (way.closes_at is not None or way.unsure) and way.total is None and not way.tag:
        yield _("free") + ("?" if way.unsure else ""), "dim"
    for amount, currency in way.others:
        yield _("or {price}").format(price=_named(amount, currency)), "dim"
    if typed is not None:
        yield parts_words(typed), "warn" if typed.parts > typed.plain else "dim"
    if way.closes_at is not None:
        left = way.closes_at - now
        text = _("closes in {left}") if paid else _("{left} left")
        yield text.format(left=span(left)), "danger" if left < HOUR // 2 else "warn" if left < 2 * HOUR else "dim"


def closed_words(way: Way, now: int) -> Iterator[tuple[str, str]]:
    """Why nothing can be sent, and what can."""
    yield _(REASONS.get(way.reason, way.reason)) + ("?" if way.unsure else ""), "danger"
    if way.opens_at is not None:
        yield _("opens in {left}").format(left=span(way.opens_at - now)), "dim"
    for offer in way.offers:
        if offer in _OFFERS:
            yield _(_OFFERS[offer]), "warn"


def parts_words(typed: Counted) -> str:
    text = ngettext("{n} part", "{n} parts", typed.parts)
    if not typed.unicode:
        return text
    if typed.plain >= typed.parts:
        return _("{parts}, Unicode").format(parts=text)
    plain = ngettext("{n} part", "{n} parts", typed.plain)
    return _("{parts}, Unicode (strip marks: {plain})").format(parts=text, plain=plain)


def _tag(tag: str) -> str:
    return _("human agent tag") if tag == "HUMAN_AGENT" else _("tag {name}").format(name=tag.replace("_", " ").lower())


def _left(way: Way) -> str:
    assert way.total is not None
    values = {"left": number(max(way.total - (way.used or 0), 0)), "total": number(way.total)}
    mark = "?" if way.unsure else ""
    if way.counted == "quota":
        return _("{left} of {total} in the quota").format(**values) + mark
    if way.counted == "month":
        return _("{left} of {total} free this month").format(**values) + mark
    return _("{left} of {total} free").format(**values) + mark


def _price(way: Way, typed: Counted | None) -> str:
    mark = "?" if way.unsure else ""
    if not way.price:
        return _("charged") + mark
    parts = typed.parts if typed is not None and way.per_part else 1
    return money(way.price * parts, way.currency) + mark


def _named(amount: float | None, currency: str) -> str:
    if amount is None:
        return _("charged")
    return money(amount, currency) if amount else _("free")


def _nth(n: int) -> str:
    if language() != "en":
        return number(n)
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"
