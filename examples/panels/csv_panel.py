#!/usr/bin/env python3
"""An external panel of unibox: orders of a customer out of a table (CSV) with the columns phone, email, order, total, state.

[panels.orders]
command = ["/usr/local/bin/csv_panel.py", "/srv/shop/orders.csv"]
"""

from __future__ import annotations

import csv
import json
import re
import sys


def digits(phone: str) -> str:
    """The last nine digits: how 0912 345 678 and +84912345678 are the same."""
    return re.sub(r"\D", "", phone)[-9:]


def known(told: dict) -> tuple[set[str], set[str], set[str]]:
    """Phones, e-mails and order codes of the customer."""
    pairs = [(key["kind"], key["value"]) for key in told["keys"]]
    pairs += [("email", one["address"]) for one in told["identities"] if one["channel"] == "email"]
    pairs += [("phone", one["address"]) for one in told["identities"] if one["channel"] in ("sms", "voice")]
    phones = {digits(value) for kind, value in pairs if kind == "phone"} - {""}
    emails = {value.lower() for kind, value in pairs if kind == "email"}
    codes = {code.upper() for code in told.get("codes", [])} | {order["code"].upper() for order in told["orders"]}
    return phones, emails, codes - {""}


def main() -> None:
    phones, emails, codes = known(json.load(sys.stdin))
    rows = []
    with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if (
                digits(row.get("phone") or "") in phones
                or (row.get("email") or "").lower() in emails
                or (row.get("order") or "").upper() in codes
            ):
                tone = {"delivered": "ok", "returned": "danger"}.get(row.get("state") or "", "")
                shown = f"{row.get('total') or ''}  {row.get('state') or ''}".strip()
                rows.append(
                    {
                        "label": row.get("order") or "",
                        "value": shown,
                        "tone": tone,
                        "action": {"copy": row.get("order") or ""},
                    }
                )
    json.dump({"rows": rows[-10:][::-1]}, sys.stdout)


if __name__ == "__main__":
    main()
