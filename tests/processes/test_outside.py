"""A running service with a system that writes orders and a webhook that is told of them, over real ports."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.processes.running import Nursery, Place, until
from tests.support.ports import free_port, wait_for_port
from unibox_tui.automation.outgoing import signature

TOKEN, SECRET = "token-of-the-pos-system", "secret-of-the-crm-hook"


class Crm(BaseHTTPRequestHandler):
    taken: list[dict[str, Any]]
    refuse: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        good = self.headers["X-Unibox-Signature"] == signature(SECRET, self.headers["X-Unibox-Timestamp"], body)
        status = self.refuse.pop() if self.refuse else 200 if good else 401
        if status == 200:
            self.taken += json.loads(body)["events"]
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def crm() -> Iterator[HTTPServer]:
    handler = type("Handler", (Crm,), {"taken": [], "refuse": [503]})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def post(port: int, path: str, body: Any, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_an_order_goes_in_by_the_api_and_out_by_the_webhook(
    place: Callable[..., Place], nursery: Nursery, crm: HTTPServer
) -> None:
    port = free_port()
    here = place(
        f"""
[web]
listen = "127.0.0.1:{port}"
[secrets]
keyring = false
[systems.pos]
shop = "shop-a"
[outgoing.crm]
url = "http://127.0.0.1:{crm.server_port}/hook"
events = ["order"]
"""
    )
    secrets = here.folder / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    for name, value in (("system.pos.token", TOKEN), ("outgoing.crm.secret", SECRET)):
        (secrets / name).write_text(value)
        (secrets / name).chmod(0o600)
    nursery.start(here)
    wait_for_port(port)
    until(lambda: here.count("outgoing_cursor"), what="the webhook's place in the log")
    assert post(port, "/api/orders", {"external_id": "W1"}, "wrong")[0] == 401
    status, made = post(port, "/api/orders", {"external_id": "W1", "amount": 590_000, "state": "confirmed"})
    assert (status, made["outcome"]) == (201, "created")
    handler: Any = crm.RequestHandlerClass
    until(lambda: handler.taken, what="the event at the other side, after one refusal")
    [event] = handler.taken
    assert (event["event"], event["order"]["external_id"], event["order"]["amount"]) == ("order.created", "W1", 590_000)
    assert TOKEN not in here.words()
    assert SECRET not in here.words()
