"""The ways to call a customer, in the reader's language."""

from __future__ import annotations

from unibox_tui.domain.calls import INVITE, LINE, LINK
from unibox_tui.locale import _
from unibox_tui.text.safe import safe_line
from unibox_tui.views.call_ways import CallWay
from unibox_tui.widgets.when import span


def title(way: CallWay) -> str:
    where = safe_line(way.inbox.title)
    if way.how == LINE:
        return _("Ring my phone, then {address} over {inbox}").format(address=safe_line(way.address), inbox=where)
    if way.how == LINK:
        return _("A link by which I call them with {inbox}").format(inbox=where)
    if way.how == INVITE:
        return _("A link by which they call us with {inbox}").format(inbox=where)
    return _("Ask {address} whether we may call by {inbox}").format(address=safe_line(way.address), inbox=where)


def detail(way: CallWay, now: int) -> str:
    """Why not, the state of their consent, what it costs."""
    reasons = {
        "no_phone": _("you have no phone there"),
        "inbox_off": _("the inbox is not on"),
        "window_closed": _("they have not been in touch for too long"),
        "not_allowed": _("they have not been in touch"),
        "not_agreed": _("they have not agreed"),
        "package_too_low": _("the account's package is too low"),
    }
    states = {
        "agreed": _("they have agreed"),
        "asked": _("asked, no answer yet"),
        "rejected": _("they have declined"),
        "blocked": _("they have blocked calls"),
        "expired": _("their consent is over"),
    }
    parts = [reasons.get(way.why, "" if way.why.startswith("consent_") else way.why), states.get(way.consent, "")]
    if way.until is not None and way.until > now:
        parts.append(_("{left} left").format(left=span(way.until - now)))
    if way.charged:
        price = _("costs a fee") if way.amount is None else f"{way.amount:g} {way.currency}"
        parts.append(price)
    return " · ".join(part for part in parts if part)
