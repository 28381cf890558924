#!/usr/bin/env python3
"""An external panel of unibox: the customer's orders in a WooCommerce shop, by its REST API (v3).

    [panels.shop]
    title = "Shop"
    command = ["/usr/local/bin/woocommerce_panel.py", "https://shop.example"]

The key needs only the right to read. It is taken from the environment (WOO_KEY, WOO_SECRET), or from the file named by
WOO_KEY_FILE, which holds both with a colon between and which only its owner may read.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import sys
import urllib.error
import urllib.parse
import urllib.request

SECONDS = 4
TONES = {"completed": "ok", "refunded": "warn", "cancelled": "dim", "failed": "danger"}


def key() -> str:
    """KEY:SECRET."""
    path = os.environ.get("WOO_KEY_FILE")
    if path:
        if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            sys.exit("others may read the key file: chmod 600")
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    return f"{os.environ['WOO_KEY']}:{os.environ['WOO_SECRET']}"


def safe(shop: str) -> str:
    """The address without a slash at its end. The key is only sent where nobody can read along."""
    if not shop.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        sys.exit("the address of the shop must begin with https://")
    return shop.rstrip("/")


def get(shop: str, what: str, **query: str) -> list[dict]:
    request = urllib.request.Request(f"{shop}/wp-json/wc/v3/{what}?{urllib.parse.urlencode(query)}")  # noqa: S310  see `safe`
    request.add_header("Authorization", "Basic " + base64.b64encode(key().encode()).decode())
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  see `safe`
        return json.load(answer)


def addresses(told: dict) -> tuple[list[str], set[str]]:
    emails = [key["value"] for key in told["keys"] if key["kind"] == "email"]
    emails += [one["address"] for one in told["identities"] if one["channel"] == "email"]
    phones = {re.sub(r"\D", "", key["value"])[-9:] for key in told["keys"] if key["kind"] == "phone"}
    return list(dict.fromkeys(emails)), phones - {""}


def orders(shop: str, told: dict) -> list[dict]:
    """By e-mail, phone and order number. The shop's search also finds likenesses, so what it gives is compared again."""
    emails, phones = addresses(told)
    wanted = {email.lower() for email in emails}
    numbers = {re.sub(r"\D", "", code) for code in told.get("codes", [])} - {""}
    found: dict[int, dict] = {}
    for word in [*emails, *sorted(phones), *sorted(numbers)][:6]:
        for order in get(shop, "orders", search=word, per_page="10"):
            billing = order.get("billing") or {}
            same = (billing.get("email") or "").lower() in wanted
            same = same or re.sub(r"\D", "", billing.get("phone") or "")[-9:] in phones
            same = same or str(order.get("number")) in numbers
            if same:
                found[order["id"]] = order
    return sorted(found.values(), key=lambda order: order["date_created"], reverse=True)


def main() -> None:
    shop, told = safe(sys.argv[1]), json.load(sys.stdin)
    try:
        found = orders(shop, told)
    except urllib.error.HTTPError as error:
        sys.exit(f"the shop answered HTTP {error.code}")
    rows = [{"label": "orders", "value": str(len(found))}] if found else []
    rows += [
        {
            "label": f"#{order['number']}",
            "value": f"{order['total']} {order['currency']}  {order['status']}  {order['date_created'][:10]}",
            "tone": TONES.get(order["status"], ""),
            "action": {"open": f"{shop}/wp-admin/post.php?post={order['id']}&action=edit"},
        }
        for order in found[:8]
    ]
    json.dump({"rows": rows}, sys.stdout)


if __name__ == "__main__":
    main()
