"""Phone numbers for those who may not see them whole. It keeps honest people from seeing: the store itself holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unibox_tui.text.spans import plain_digits
from unibox_tui.views.calls import LiveCall
from unibox_tui.views.contact import Card
from unibox_tui.views.contacts import Comparison, ContactLine, ContactPage
from unibox_tui.views.models import (
    Entry,
    FoundLine,
    HistoryLine,
    IdentityLine,
    OutboxLine,
    Panel,
    Row,
    Source,
    Thread,
    Way,
)
from unibox_tui.views.order_models import OrderLine, OutsideRow, RiskLine
from unibox_tui.views.suggested import Reason, Suggestion

HIDDEN = "•"
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?(?:\(?[0-9]\)?[ .\-–()]{0,2}){7,14}[0-9](?![0-9])")
_PHONE_KINDS = ("phone", "sms", "voice", "whatsapp", "zalo_phone")


def phone(value: str) -> str:
    """The last three digits stay, and the country code of one written with it."""
    digits = [place for place, letter in enumerate(plain_digits(value)) if letter.isascii() and letter.isdigit()]
    keep = set(digits[-3:]) | (set(digits[:2]) if value.lstrip().startswith("+") else set())
    return "".join(HIDDEN if place in digits and place not in keep else letter for place, letter in enumerate(value))


def text(words: str) -> str:
    """All that could be a phone number in it, masked; prices, dates and codes with that many digits too."""
    return _NUMBER.sub(lambda match: phone(match[0]), plain_digits(words)) if any(map(str.isdigit, words)) else words


def order(line: OrderLine) -> OrderLine:
    return replace(line, phone=phone(line.phone), address=text(line.address), note=text(line.note))


def outside(row: OutsideRow) -> OutsideRow:
    """What another system says; a link stays what it is, or it leads nowhere."""
    action = ("copy", text(row.action[1])) if row.action is not None and row.action[0] == "copy" else row.action
    return replace(row, label=text(row.label), value=text(row.value), action=action)


def live_call(call: LiveCall) -> LiveCall:
    return replace(call, who=text(call.who))


def risk(line: RiskLine) -> RiskLine:
    return replace(line, phone=phone(line.phone), reason=text(line.reason))


def contact(line: ContactLine) -> ContactLine:
    addresses = tuple((mark, channel, _address(channel, value)) for mark, channel, value in line.addresses)
    return replace(line, addresses=addresses, name=text(line.name), note=text(line.note))


def contacts(page: ContactPage) -> ContactPage:
    return replace(page, lines=tuple(contact(line) for line in page.lines))


def panel(whole: Panel) -> Panel:
    news = whole.news
    return replace(
        whole,
        name=text(whole.name),
        note=text(whole.note),
        identities=tuple(_identity(one) for one in whole.identities),
        attributes=tuple((name, text(value)) for name, value in whole.attributes),
        found=tuple(_found(one) for one in whole.found),
        given=tuple((name, text(value), source, at) for name, value, source, at in whole.given),
        others=tuple(replace(one, subject=text(one.subject)) for one in whole.others),
        news=replace(
            news,
            running=replace(news.running, subject=text(news.running.subject)) if news.running is not None else None,
            orders=tuple(order(one) for one in news.orders),
            risks=tuple(risk(one) for one in news.risks),
            elsewhere=tuple(replace(one, text=text(one.text)) for one in news.elsewhere),
            conflicts=tuple(
                (field, text(ours), text(theirs), system) for field, ours, theirs, system in news.conflicts
            ),
        ),
    )


def _address(channel: str, value: str) -> str:
    return phone(value) if channel in _PHONE_KINDS else text(value)


def _identity(one: IdentityLine) -> IdentityLine:
    return replace(
        one,
        address=_address(one.channel, one.address),
        name=text(one.name),
        source=_source(one.source),
        last=_source(one.last),
    )


def _found(one: FoundLine) -> FoundLine:
    value = phone(one.value) if one.kind == "phone" else text(one.value) if one.kind == "address" else one.value
    return replace(one, value=value, source=_source(one.source))


def _source(one: Source | None) -> Source | None:
    return None if one is None else replace(one, text=text(one.text))


# -- customers, beside the panel -----------------------------------------------------------------------------------------


def card(whole: Card) -> Card:
    """Addresses and names; what is edited stays as it is, or saving it would write the mask."""
    identities = tuple(
        {**one, "address": _address(one["channel"], one["address"]), "name": text(one["name"])}
        for one in whole.identities
    )
    keys = tuple({**one, "value": phone(one["value"])} if one["kind"] == "phone" else one for one in whole.keys)
    talks = tuple({**one, "subject": text(one["subject"])} for one in whole.conversations)
    return replace(whole, identities=identities, keys=keys, conversations=talks)


def whole_card(whole: Card) -> Card:
    """As `card`, to be read only."""
    values = {name: text(value) for name, value in whole.attributes.items()}
    return replace(card(whole), name=text(whole.name), note=text(whole.note), attributes=values)


def comparison(one: Comparison) -> Comparison:
    """What is chosen goes into the store, so only what is drawn of it is masked."""
    conflicts = tuple(replace(field, masked=(text(field.mine), text(field.theirs))) for field in one.conflicts)
    return replace(one, mine=contact(one.mine), theirs=contact(one.theirs), conflicts=conflicts)


def suggestion(one: Suggestion) -> Suggestion:
    reasons = tuple(_reason(reason) for reason in one.reasons)
    return replace(one, name=text(one.name), other_name=text(one.other_name), reasons=reasons)


def _reason(one: Reason) -> Reason:
    value = phone(one.value) if one.kind in ("phone", "platform") else one.value
    mine, theirs = (replace(side, name=text(side.name)) for side in (one.mine, one.theirs))
    return replace(one, value=value, mine=mine, theirs=theirs)


def rows(found: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(replace(row, name=text(row.name)) for row in found)


def thread(whole: Thread) -> Thread:
    """Who it is and by which numbers they are answered; what was written stands as it was written."""
    elsewhere = tuple(replace(one, way=_way(one.way)) for one in whole.elsewhere)
    return replace(
        whole,
        contact_name=text(whole.contact_name),
        entries=tuple(_entry(entry) for entry in whole.entries),
        ways=tuple(_way(way) for way in whole.ways),
        elsewhere=elsewhere,
    )


def _entry(entry: Entry) -> Entry:
    return replace(entry, author=text(entry.author)) if entry.author_kind == "contact" else entry


def _way(way: Way) -> Way:
    """An address nothing was sent to yet goes with the answer as it stands here."""
    return replace(way, address=_address(way.channel, way.address)) if way.identity_id else way


def history(lines: Sequence[HistoryLine]) -> tuple[HistoryLine, ...]:
    """What messages say stands as it was written."""
    return tuple(
        replace(one, who=text(one.who), what=one.what if one.kind.startswith("message.") else text(one.what))
        for one in lines
    )


def outbox(lines: Sequence[OutboxLine]) -> tuple[OutboxLine, ...]:
    return tuple(replace(one, to=_address(one.channel, one.to), contact=text(one.contact)) for one in lines)


# -- the documents of the command line -----------------------------------------------------------------------------------


def conversation(one: Mapping[str, Any]) -> dict[str, Any]:
    """As `jsonform.conversation` gives it."""
    return {**one, "contact": text(one["contact"])}


def message(one: Mapping[str, Any]) -> dict[str, Any]:
    """As `jsonform.message` gives it: what was written stands as it was written."""
    masked = dict(one)
    if one["author_kind"] == "contact":
        masked["author"] = text(one["author"])
    if one["address"]:
        masked["address"] = _address(one["channel"] or "", one["address"])
    if isinstance(one["extra"].get("call"), Mapping):
        masked["extra"] = {**one["extra"], "call": everywhere(one["extra"]["call"])}
    return masked


def everywhere(value: Any) -> Any:
    """All words of a JSON value."""
    if isinstance(value, Mapping):
        return {key: everywhere(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [everywhere(one) for one in value]
    return text(value) if isinstance(value, str) else value
