"""The assistant against an endpoint of our own: what it is sent, what it may answer, and what goes wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cli.conftest import Unibox


@dataclass
class Endpoint:
    """`answer` is what it says; `status`, `body` and `wait` (s) go wrong instead."""

    answer: str = "Dạ vâng ạ"
    status: int = 200
    body: bytes | None = None
    wait: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.keys.append(self.headers.get("Authorization"))
            made.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(made.wait)
            body = made.body
            if body is None:
                body = json.dumps({"choices": [{"message": {"content": made.answer}}]}).encode()
            self.send_response(made.status)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def helped(shop: Unibox, endpoint: Endpoint) -> Unibox:
    set_up(shop, f'url = "{endpoint.url}"\nmodel = "small"\ntimeout_seconds = 1')
    return shop


def set_up(shop: Unibox, lines: str) -> None:
    config = shop.folder / "config.toml"
    text = config.read_text()
    head, _, rest = text.partition("[assistant]")
    config.write_text(f"{head}[assistant]\n{lines}\n{rest}")


def said_to(endpoint: Endpoint) -> str:
    return "\n".join(message["content"] for message in endpoint.asked[-1]["messages"])


def test_it_is_off_until_it_is_named(shop: Unibox, numbers: list[str]) -> None:
    assert shop("assistant", "draft", numbers[0], "--json").error["code"] == "no_assistant"


def test_a_draft_from_the_conversation_without_notes_and_particulars(
    helped: Unibox, endpoint: Endpoint, numbers: list[str]
) -> None:
    helped.ok("note", numbers[0], "khách khó tính")
    endpoint.answer = "<think>hm</think>Dạ chị ⟦1⟧, đơn ⟦9⟧ ạ"
    said = helped.ok("assistant", "draft", numbers[0], "--json").one
    assert (said["by"], said["model"]) == ("assistant", "small")
    sent = said_to(endpoint)
    assert "em nhận thiếu 1 áo" in sent
    assert "DH20381" not in sent
    assert "khó tính" not in sent
    assert "Vietnamese" in sent
    assert said["text"] == "Dạ chị DH20381, đơn ⟦9⟧ ạ"
    assert all(one["direction"] != "out" for one in helped.ok("show", numbers[0], "--json").one["messages"])


def test_particulars_are_sent_when_that_is_wanted(shop: Unibox, endpoint: Endpoint, numbers: list[str]) -> None:
    set_up(shop, f'url = "{endpoint.url}"\nmodel = "small"\nhide = false')
    shop.ok("assistant", "summary", numbers[0])
    assert "DH20381" in said_to(endpoint)


def test_shorten_and_translate_keep_what_was_hidden(helped: Unibox, endpoint: Endpoint, numbers: list[str]) -> None:
    endpoint.answer = "Order ⟦2⟧, call ⟦1⟧"
    text = "Chị Hà gọi số 0912 000 678 về đơn DH20381 nhé"
    assert "0912 000 678" in helped.ok("assistant", "shorten", numbers[0], "--text", text).out
    said = helped.ok("assistant", "translate", numbers[0], "--to", "th", "--text", "-", stdin=text.encode()).out
    assert "Thai" in said_to(endpoint)
    assert "0912" not in said_to(endpoint)
    assert "Hà" not in said_to(endpoint)
    assert said.startswith("Order ")


def test_without_words_the_customers_last_are_translated(
    helped: Unibox, endpoint: Endpoint, numbers: list[str]
) -> None:
    helped.ok("assistant", "translate", numbers[1], "--to", "vi")
    assert "พัสดุยังไม่ถึง" in said_to(endpoint)


def test_the_key_comes_from_the_secret_chain(helped: Unibox, endpoint: Endpoint, numbers: list[str]) -> None:
    helped.ok("assistant", "draft", numbers[0])
    assert endpoint.keys == [None]
    helped.ok("assistant", "key", stdin=b"sk-test\n")
    helped.ok("assistant", "draft", numbers[0])
    assert endpoint.keys[-1] == "Bearer sk-test"
    assert "sk-test" not in (helped.folder / "config.toml").read_text()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"", "answered HTTP 500"),
        (401, b"", "answered HTTP 401"),
        (200, b"<html>hello", "something that is no answer"),
        (200, b"{}", "something that is no answer"),
        (200, b'{"choices": []}', "something that is no answer"),
        (200, b'{"choices": [{"message": {"content": null}}]}', "something that is no answer"),
        (200, b'{"choices": [{"message": {"content": "  "}}]}', "something that is no answer"),
        (200, b"x" * 300_000, "something that is no answer"),
    ],
)
def test_what_it_answers_instead(
    helped: Unibox, endpoint: Endpoint, numbers: list[str], status: int, body: bytes, words: str
) -> None:
    endpoint.status, endpoint.body = status, body
    error = helped("assistant", "draft", numbers[0], "--json").error
    assert words in error["message"]
    assert "thiếu" not in json.dumps(error, ensure_ascii=False)


def test_one_that_is_slow_or_away(helped: Unibox, endpoint: Endpoint, numbers: list[str]) -> None:
    endpoint.wait = 1.4
    assert "in time" in helped("assistant", "draft", numbers[0], "--json").error["message"]


def test_one_that_is_not_there(shop: Unibox, numbers: list[str]) -> None:
    set_up(shop, 'url = "http://127.0.0.1:9/v1"\nmodel = "x"')
    assert "cannot be reached" in shop("assistant", "draft", numbers[0], "--json").error["message"]


def test_an_address_in_the_clear_is_refused(shop: Unibox, numbers: list[str]) -> None:
    set_up(shop, 'url = "http://models.example/v1"\nmodel = "x"')
    assert "not encrypted" in shop("assistant", "draft", numbers[0], "--json").error["message"]


def test_a_file_that_others_may_write_names_no_assistant(
    helped: Unibox, endpoint: Endpoint, numbers: list[str]
) -> None:
    (helped.folder / "config.toml").chmod(0o666)
    assert helped("assistant", "draft", numbers[0], "--json").status == 1
    assert not endpoint.asked
