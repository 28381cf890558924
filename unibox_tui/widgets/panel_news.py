"""The panel's first eight lines, its orders, and the places reserved for the panels of other systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.strip import Strip

from unibox_tui.domain.money import decimals, major
from unibox_tui.locale import _, ngettext, term
from unibox_tui.text.width import width
from unibox_tui.views.models import Panel
from unibox_tui.views.order_models import OrderLine, OutsidePanel, OutsideRow
from unibox_tui.widgets.draw import Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.report import Item
from unibox_tui.widgets.when import age, date, number, span, stamp

ELSEWHERE = 3
MOST_ORDERS = 5
_SIGNS = {"VND": "₫", "THB": "฿", "USD": "$", "EUR": "€", "GBP": "£"}
_TONES = {"ok": "ok", "warn": "warn", "danger": "danger", "dim": "dim", "": "text"}
_ENDED = {"delivered": "ok", "returned": "danger", "cancelled": "dim"}


def money(amount: int | None, currency: str) -> str:
    """ "590.000 ₫" as the reader's language writes numbers; "" for none."""
    if amount is None:
        return ""
    whole = major(amount, currency)
    text = number(int(whole))
    if decimals(currency) and amount % 100:
        text += f",{amount % 100:02}" if "." in number(1000) else f".{amount % 100:02}"
    return f"{text} {_SIGNS.get(currency, currency)}"


def first_lines(panel: Panel, cells: int, now: int, palette: Palette) -> list[Strip]:
    """Eight, always: who and how to address; since when, the usual wait and risks; the running request; the last order;
    the last contacts on up to three other channels; a blank one."""
    dot = f" {palette.glyph('dot')} "
    way = dot.join(part for part in (panel.title, panel.language) if part)
    name = Line(cells - width(way) - 4).add(panel.name or _("no name yet"), palette["bold"])
    lines = [_line(cells).join(name).right([(way, palette["dim"]), (" ", palette["text"])]).strip()]
    lines.append(_standing(panel, cells, now, palette, dot))
    lines.append(_running(panel, cells, now, palette))
    lines.append(_last_order(panel, cells, now, palette))
    lines += [_elsewhere(panel, place, cells, now, palette) for place in range(ELSEWHERE)]
    return [*lines, blank(cells)]


def _line(cells: int) -> Line:
    return Line(cells).to(1)


def _standing(panel: Panel, cells: int, now: int, palette: Palette, dot: str) -> Strip:
    line = _line(cells)
    news = panel.news
    if news.blocked:
        line.add(_("blocked"), palette["danger"]).add(dot, palette["dim"])
    if news.risks:
        line.add(_warned(news.risks[0].reason, palette), palette["danger"])
        line.add(
            f" ({news.risks[0].author})" + (f" +{len(news.risks) - 1}" if len(news.risks) > 1 else ""), palette["dim"]
        )
        line.add(dot, palette["dim"])
    known = []
    # The wait is the usual one: how long they waited for our latest answers.
    if panel.conversations:
        known.append(ngettext("{n} conversation", "{n} conversations", panel.conversations))
    if news.usual_wait_ms is not None:
        known.append(_("waits {time}").format(time=span(news.usual_wait_ms)))
    if panel.first_seen_at:
        known.append(_("since {when}").format(when=date(panel.first_seen_at, now)))
    return line.add(dot.join(known), palette["dim"]).strip()


def _warned(reason: str, palette: Palette) -> str:
    """A mark of risk is a warning without its colour too."""
    return f"{palette.glyph('failed')} {reason}"


def _running(panel: Panel, cells: int, now: int, palette: Palette) -> Strip:
    running = panel.news.running
    line = _line(cells)
    if running is None:
        return line.strip()
    line.add(f"#{running.id}", palette["accent"]).add(f" {term('status', running.status)}", palette["dim"])
    right = running.assignee
    if running.waiting_since is not None:
        right = f"{right}  {age(running.waiting_since, now)}".strip()
    subject = Line(max(cells - line.used - width(right) - 4, 4)).add(running.subject)
    return line.add("  ").join(subject).right([(right, palette["dim"]), (" ", palette["text"])]).strip()


def _last_order(panel: Panel, cells: int, now: int, palette: Palette) -> Strip:
    line = _line(cells)
    if not panel.news.orders:
        return line.add(_("no order yet"), palette["dim"]).strip()
    return _order(panel.news.orders[0], line, cells, now, palette)


def _order(order: OrderLine, line: Line, cells: int, now: int, palette: Palette) -> Strip:
    line.add(order.said, palette["accent"]).add(
        f" {term('order', order.state)}", palette[_ENDED.get(order.state, "warn")]
    )
    right = "  ".join(part for part in (money(order.amount, order.currency), age(order.at, now)) if part)
    items = Line(max(cells - line.used - width(right) - 4, 2)).add(order.items, palette["dim"])
    return line.add("  ").join(items).right([(right, palette["dim"]), (" ", palette["text"])]).strip()


def _elsewhere(panel: Panel, place: int, cells: int, now: int, palette: Palette) -> Strip:
    line = _line(cells)
    if place >= len(panel.news.elsewhere):
        return line.strip()
    one = panel.news.elsewhere[place]
    line.add(one.mark, palette.channel(one.channel)).to(5)
    when = age(one.at, now)
    text = Line(max(cells - 5 - width(when) - 2, 4)).add(
        f"{'→ ' if one.direction == 'out' else ''}{one.text}", palette["dim"]
    )
    return line.join(text).right([(when, palette["dim"]), (" ", palette["text"])]).strip()


def order_lines(panel: Panel, cells: int, now: int, palette: Palette) -> Iterator[Strip]:
    """The orders behind the last one, shipping and money of that one, conflicts."""
    orders = panel.news.orders
    if orders:
        last = orders[0]
        told = [
            f"{last.carrier} {last.tracking}".strip(),
            _("paid {sum}").format(sum=money(last.received, last.currency)) if last.received else "",
            _("deposit {sum}").format(sum=money(last.deposit, last.currency)) if last.deposit else "",
        ]
        if any(told):
            yield blank(cells)
            yield (
                _line(cells)
                .add(f" {palette.glyph('dot')} ".join(part for part in told if part), palette["dim"])
                .strip()
            )
    if len(orders) > 1:
        yield blank(cells)
        yield _line(cells).add(ngettext("{n} order", "{n} orders", len(orders)), palette["dim"]).strip()
        for order in orders[1 : MOST_ORDERS + 1]:
            yield _order(order, _line(cells).to(3), cells, now, palette)
    for risk in panel.news.risks:
        yield (
            _line(cells)
            .add(_warned(risk.reason, palette), palette["danger"])
            .add(f"  {risk.author}  {date(risk.at, now)}  {risk.phone}", palette["dim"])
            .strip()
        )
    for field, ours, theirs, system in panel.news.conflicts:
        text = _("{system} says {value}").format(system=system, value=theirs)
        yield _line(cells).add(f"{field} {ours}", palette["warn"]).add(f"  {text}", palette["dim"]).strip()


def outside_lines(
    panels: Sequence[OutsidePanel], cells: int, palette: Palette
) -> Iterator[tuple[OutsideRow | None, Strip]]:
    """For each its title and as many lines as are reserved, whatever came."""
    for one in panels:
        said = {"waiting": "…", "failed": one.error}.get(one.state, "")
        style = palette["danger" if one.state == "failed" else "dim"]
        yield None, _line(cells).add(one.title, palette["dim"]).add(f"  {said}", style).strip()
        for place in range(one.lines):
            if place >= len(one.rows):
                yield None, blank(cells)
                continue
            row = one.rows[place]
            line = _line(cells).to(3).add(f"{row.label}  " if row.label else "", palette["dim"])
            line.add(row.value, palette[_TONES[row.tone]])
            yield (row if row.action else None), line.strip()


def order_items(orders: Sequence[OrderLine], cells: int, now: int, palette: Palette) -> list[Item]:
    """For the full-width page; Enter opens the conversation an order was made from."""
    found = []
    for order in orders:
        lines = [_order(order, Line(cells), cells, now, palette)]
        facts = [order.shop, order.phone, order.address, f"{order.carrier} {order.tracking}".strip()]
        paid = _("paid {sum}").format(sum=money(order.received, order.currency)) if order.received else ""
        text = f" {palette.glyph('dot')} ".join(part for part in (*facts, paid) if part)
        if text:
            lines.append(Line(cells).to(3).add(text, palette["dim"]).strip())
        reached = "  ".join(f"{term('order', state)} {stamp(at, now)}" for state, at in order.reached)
        by = _("made by {who}").format(who=order.agent) if order.agent else ""
        lines.append(Line(cells).to(3).add("  ".join(part for part in (by, reached) if part), palette["dim"]).strip())
        found.append(Item((*lines, blank(cells)), order.conversation_id))
    return found
