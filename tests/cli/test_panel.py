"""External panels: programs and addresses that say what they know of a customer; the examples against simulated shops."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Unibox
from unibox_tui.domain.errors import WrongUse
from unibox_tui.views.outside_panels import read

EXAMPLES = Path(__file__).parents[2] / "examples" / "panels"
HA = "ha@khach.example"
Answer = Callable[[BaseHTTPRequestHandler, bytes], tuple[int, Any]]


@pytest.fixture
def shop_at() -> Iterator[Callable[[Answer], str]]:
    """`shop_at(answer)`: the address of a shop on loopback that answers like this."""
    servers: list[HTTPServer] = []

    def start(answer: Answer) -> str:
        class Shop(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                status, said = answer(self, body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Shop))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def configure(shop: Unibox, *panels: str) -> None:
    config = shop.folder / "config.toml"
    config.write_text(config.read_text() + "\n" + "\n".join(panels) + "\n")


def command(name: str, *argv: str, more: str = "") -> str:
    return f"[panels.{name}]\ncommand = {json.dumps([sys.executable, *argv])}\n{more}\n"


def test_what_a_panel_is_told_holds_who_it_is_and_no_words(shop: Unibox, numbers: list[str]) -> None:
    told = shop.ok("panel", f"#{numbers[0]}", "--input").one
    assert told["identities"][0]["address"] == HA
    assert told["codes"] == ["DH20381"]
    assert "nhận thiếu" not in json.dumps(told, ensure_ascii=False)


def test_a_table_as_a_panel(shop: Unibox, numbers: list[str], tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    table.write_text(
        f"phone,email,order,total,state\n,,DH20381,590000,returned\n0900000000,x@y.example,DH1,1,new\n,{HA},DH7,100000,delivered\n"
    )
    configure(shop, command("orders", str(EXAMPLES / "csv_panel.py"), str(table)))
    rows = shop.ok("panel", f"#{numbers[0]}", "--json").one["rows"]
    assert [(row["label"], row["tone"]) for row in rows] == [("DH7", "ok"), ("DH20381", "danger")]
    assert "DH7  100000  delivered" in shop.ok("panel", HA).out


def test_woocommerce(
    shop: Unibox, shop_at: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, Any]:
        url = urlsplit(request.path)
        good = "Basic " + base64.b64encode(b"ck_1:cs_1").decode()
        if request.headers["Authorization"] != good or url.path != "/wp-json/wc/v3/orders":
            return 401, {"code": "woocommerce_rest_cannot_view"}
        asked.append(parse_qs(url.query)["search"][0])
        order = {
            "id": 17, "number": "1017", "status": "completed", "currency": "VND", "total": "590000",
            "date_created": "2026-01-05T10:00:00", "billing": {"email": HA.upper(), "phone": ""},
        }  # fmt: skip
        # Its search finds likenesses too: somebody else's order must not be shown.
        other = {**order, "id": 18, "number": "1018", "billing": {"email": f"x{HA}", "phone": ""}}
        return 200, [order, other]

    url = shop_at(answer)
    keys = tmp_path / "keys"
    keys.write_text("ck_1:cs_1\n")
    keys.chmod(0o600)
    monkeypatch.setenv("WOO_KEY_FILE", str(keys))
    configure(shop, command("shop", str(EXAMPLES / "woocommerce_panel.py"), url))
    rows = shop.ok("panel", HA, "--json").one["rows"]
    assert asked == [HA]
    assert [row["label"] for row in rows] == ["orders", "#1017"]
    assert rows[1]["action"] == {"open": f"{url}/wp-admin/post.php?post=17&action=edit"}
    keys.write_text("wrong:key\n")
    failed = shop("panel", HA, "--json")
    assert failed.status == 1
    assert "status 1" in failed.one["error"]["message"]
    keys.chmod(0o644)
    assert shop("panel", HA, "--json").status == 1


def test_shopify(shop: Unibox, shop_at: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        if request.headers["X-Shopify-Access-Token"] != "shpat_1" or not request.path.endswith("/2025-07/graphql.json"):
            return 403, {"errors": "[API] Invalid API key"}
        said = json.loads(body)
        asked.append(said["variables"]["search"])
        money = {"amount": "590000.0", "currencyCode": "VND"}
        order = {
            "name": "#1001", "legacyResourceId": "55", "createdAt": "2026-01-05T03:00:00Z", "cancelledAt": None,
            "displayFulfillmentStatus": "FULFILLED", "totalPriceSet": {"shopMoney": money},
        }  # fmt: skip
        node = {
            "id": "gid://shopify/Customer/9", "legacyResourceId": "9", "displayName": "Hà", "numberOfOrders": "1",
            "amountSpent": money, "orders": {"nodes": [order]},
        }  # fmt: skip
        return 200, {"data": {"customers": {"nodes": [node]}}}

    monkeypatch.setenv("SHOPIFY_TOKEN", "shpat_1")
    configure(shop, command("shop", str(EXAMPLES / "shopify_panel.py"), shop_at(answer), "2025-07"))
    rows = shop.ok("panel", HA, "--json").one["rows"]
    assert asked == [f'email:"{HA}"']
    assert [(row["label"], row["tone"]) for row in rows] == [("Hà", ""), ("#1001", "ok")]
    monkeypatch.setenv("SHOPIFY_TOKEN", "shpat_2")
    assert shop("panel", HA).status == 1


def test_an_address_as_a_panel(shop: Unibox, shop_at: Callable[[Answer], str]) -> None:
    def answer(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        name = json.loads(body)["identities"][0]["address"]
        return (200, {"rows": [{"label": "for", "value": f"{name}\x1b[31m"}]}) if request.path == "/p" else (500, {})

    url = shop_at(answer)
    configure(
        shop,
        f'[panels.a]\nurl = "{url}/p"\n[panels.b]\nurl = "{url}/broken"\n[panels.c]\nurl = "http://127.0.0.1:1/x"\n',
    )
    ran = shop("panel", HA, "--json")
    assert ran.status == 1
    one, other, nobody = ran.lines
    assert one["rows"][0]["value"] == f"{HA}�[31m"
    assert "HTTP 500" in other["error"]["message"]
    assert "error" in nobody


def test_a_slow_a_loud_and_a_broken_program_are_ended(shop: Unibox) -> None:
    configure(
        shop,
        command("slow", "-c", "import time; time.sleep(60)", more="seconds = 0.5"),
        command("loud", "-c", "print('x' * 3_000_000)"),
        command("odd", "-c", "print('no json')"),
    )
    begun = time.monotonic()
    ran = shop("panel", HA, "--json")
    assert time.monotonic() - begun < 30
    assert ran.status == 1
    assert all("error" in line for line in ran.lines)
    assert shop("panel", HA, "--name", "nobody").status == 2


def test_programs_are_not_taken_from_a_file_that_others_may_write(shop: Unibox) -> None:
    configure(shop, command("x", "-c", "print(1)"))
    (shop.folder / "config.toml").chmod(0o664)
    ran = shop("panel", HA)
    assert ran.status != 0
    assert "Programs are not taken" in ran.err


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"[]", b'{"rows": 5}', b'{"rows": [5]}', b'{"rows": [{"label": {}}]}', b'{"rows": [{"tone": "pink"}]}',
        b'{"rows": [{"action": {"run": "rm"}}]}', b'{"rows": [{"action": {"open": "javascript:x"}}]}', b"\xff",
        b'{"rows": [{"action": {"open": "http://a", "copy": "b"}}]}', b'{"rows": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(WrongUse):
        read(answer)


def test_answers_are_cut_and_made_safe() -> None:
    rows = [{"label": "a\nb\u202e", "value": "x" * 5_000, "action": {"copy": "\x1b]52;c;x\x07"}}] * 99
    found = read(json.dumps({"rows": rows}).encode())
    assert len(found) == 40
    assert "\n" not in found[0].label
    assert "\u202e" not in found[0].label
    assert len(found[0].value) <= 200
    assert found[0].action is not None
    assert "\x1b" not in found[0].action[1]
