#!/usr/bin/env python3
"""An external panel of unibox: the customer and their last orders in a Shopify shop, by its Admin GraphQL API.

    [panels.shop]
    title = "Shopify"
    command = ["/usr/local/bin/shopify_panel.py", "https://shop-a.myshopify.example", "2025-07"]

The token of an app with read_customers and read_orders is taken from SHOPIFY_TOKEN, or from the file named by
SHOPIFY_TOKEN_FILE, which only its owner may read.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import urllib.error
import urllib.request

SECONDS = 4
TONES = {"FULFILLED": "ok", "UNFULFILLED": "warn", "RESTOCKED": "danger"}
QUERY = """
query panel($search: String!) {
  customers(first: 2, query: $search) {
    nodes {
      id legacyResourceId displayName numberOfOrders
      amountSpent { amount currencyCode }
      orders(first: 6, reverse: true) {
        nodes {
          name legacyResourceId createdAt displayFulfillmentStatus cancelledAt
          totalPriceSet { shopMoney { amount currencyCode } }
        }
      }
    }
  }
}
"""


def token() -> str:
    path = os.environ.get("SHOPIFY_TOKEN_FILE")
    if not path:
        return os.environ["SHOPIFY_TOKEN"]
    if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        sys.exit("others may read the token file: chmod 600")
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def safe(shop: str) -> str:
    """The address without a slash at its end. The key is only sent where nobody can read along."""
    if not shop.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        sys.exit("the address of the shop must begin with https://")
    return shop.rstrip("/")


def ask(shop: str, version: str, search: str) -> list[dict]:
    body = json.dumps({"query": QUERY, "variables": {"search": search}}).encode()
    request = urllib.request.Request(f"{shop}/admin/api/{version}/graphql.json", body)  # noqa: S310  see `safe`
    request.add_header("Content-Type", "application/json")
    request.add_header("X-Shopify-Access-Token", token())
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  see `safe`
        said = json.load(answer)
    if said.get("errors"):
        sys.exit("the shop refused the question")
    return said["data"]["customers"]["nodes"]


def searches(told: dict) -> list[str]:
    """One for each address; quoted, so that nothing in it is a word of the search language."""
    pairs = [(key["kind"], key["value"]) for key in told["keys"] if key["kind"] in ("email", "phone")]
    pairs += [("email", one["address"]) for one in told["identities"] if one["channel"] == "email"]
    return [f'{kind}:"{value}"' for kind, value in dict.fromkeys(pairs) if '"' not in value and "\\" not in value][:4]


def main() -> None:
    shop, version, told = safe(sys.argv[1]), sys.argv[2], json.load(sys.stdin)
    customers: dict[str, dict] = {}
    try:
        for search in searches(told):
            customers |= {customer["id"]: customer for customer in ask(shop, version, search)}
    except urllib.error.HTTPError as error:
        sys.exit(f"the shop answered HTTP {error.code}")
    rows = []
    admin = f"{shop}/admin"
    for customer in customers.values():
        spent = customer["amountSpent"]
        rows.append(
            {
                "label": customer["displayName"],
                "value": f"{customer['numberOfOrders']} orders  {spent['amount']} {spent['currencyCode']}",
                "action": {"open": f"{admin}/customers/{customer['legacyResourceId']}"},
            }
        )
        for order in customer["orders"]["nodes"]:
            sum_ = order["totalPriceSet"]["shopMoney"]
            state = "CANCELLED" if order["cancelledAt"] else order["displayFulfillmentStatus"]
            rows.append(
                {
                    "label": order["name"],
                    "value": f"{sum_['amount']} {sum_['currencyCode']}  {state.lower()}  {order['createdAt'][:10]}",
                    "tone": "dim" if order["cancelledAt"] else TONES.get(state, ""),
                    "action": {"open": f"{admin}/orders/{order['legacyResourceId']}"},
                }
            )
    json.dump({"rows": rows[:12]}, sys.stdout)


if __name__ == "__main__":
    main()
