"""What a customer's words contain that an agent would copy: telephone numbers, addresses, orders, amounts, transfers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unibox_tui.text.codes import find_orders
from unibox_tui.text.links import find_emails, find_urls
from unibox_tui.text.money import find_amounts, find_transfers
from unibox_tui.text.phones import find_phones
from unibox_tui.text.spans import Found, Taken

__all__ = ["Found", "find", "find_codes"]

_CODE_MARK = re.compile("[0-9@\u0e50-\u0e59\uff10-\uff19\uff20]")
_CODE_KINDS = frozenset(("phone", "email", "order"))


def find_codes(text: str, region: str, order_patterns: Sequence[str] = ()) -> list[Found]:
    """Only what tells who or what is meant: phones, e-mails, orders. Quick for the many texts that hold none."""
    if not _CODE_MARK.search(text):
        return list(find_orders(text, order_patterns)) if order_patterns else []
    return [item for item in _find(text, region, order_patterns, transfers=False) if item.kind in _CODE_KINDS]


def find(text: str, region: str, order_patterns: Sequence[str] = ()) -> list[Found]:
    """All that is recognised in `text`, by position. A transfer spans its amount and order, which are listed too.

    `region` is the inbox's, as in "VN" or "TH": it decides between numbering plans and currencies. `order_patterns` are
    the workspace's regular expressions (group 1 is the code if there is one); without any a cautious guess is made.
    The time is linear in the length of `text`. Raises ValueError for a pattern that cannot be compiled.
    """
    return _find(text, region, order_patterns, transfers=True)


def _find(text: str, region: str, order_patterns: Sequence[str], *, transfers: bool) -> list[Found]:
    emails = find_emails(text)
    taken = Taken(len(text))
    taken.add(emails)
    urls = [url for url in find_urls(text) if url.span not in taken]
    taken.add(urls)
    orders = [order for order in find_orders(text, order_patterns) if order_patterns or order.span not in taken]
    taken.add(orders)
    amounts = [amount for amount in find_amounts(text, region) if amount.span not in taken]
    taken.add(amount for amount in amounts if amount.confidence == "high")
    phones = find_phones(text, region, taken)
    taken.add(phones)
    # A number with dots may be an amount without currency; what was recognised as something better is not one.
    amounts = [amount for amount in amounts if amount.confidence == "high" or amount.span not in taken]
    moved = find_transfers(text, amounts, orders) if transfers else []
    return sorted([*emails, *urls, *orders, *amounts, *phones, *moved], key=lambda item: (item.start, -item.end))
