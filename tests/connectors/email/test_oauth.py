"""Tokens from a refresh token, against a token server on loopback."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from unibox_tui.connectors import registry
from unibox_tui.connectors.email.oauth import TokenSource
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, RateLimited, Transient


class TokenServer(http.server.ThreadingHTTPServer):
    status = 200
    answer: dict[str, Any]
    extra: dict[str, str]
    forms: list[dict[str, str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/token"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.forms.append(dict(urllib.parse.parse_qsl(body)))
        self.send_response(self.server.status)
        for name, value in self.server.extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[TokenServer]:
    server = TokenServer(("127.0.0.1", 0), _Handler)
    server.answer, server.extra, server.forms = {"access_token": "a-1", "expires_in": 3600}, {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def source(url: str, keep: Any = None, **secrets: str) -> TokenSource:
    settings = EmailSettings(
        address="hello@shop-a.example",
        imap_host="localhost",
        auth="xoauth2",
        oauth_token_url=url,
        oauth_client_id="client-1",
        oauth_scope="mail",
    )
    return TokenSource(settings, ({"oauth_refresh_token": "r-1", "oauth_client_secret": "s-1"} | secrets).get, keep)


def test_a_token_is_fetched_once_and_renewed_when_refused(server: TokenServer) -> None:
    tokens = source(server.url)
    assert tokens.token() == tokens.token() == "a-1"
    assert server.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "r-1",
            "client_id": "client-1",
            "client_secret": "s-1",
            "scope": "mail",
        }
    ]
    server.answer = {"access_token": "a-2"}
    assert tokens.token(fresh=True) == "a-2"


def test_a_replaced_refresh_token_is_used_and_kept(server: TokenServer) -> None:
    kept: list[tuple[str, str]] = []
    tokens = source(server.url, lambda name, value: kept.append((name, value)))
    server.answer = {"access_token": "a-1", "refresh_token": "r-2"}
    tokens.token()
    tokens.token(fresh=True)
    assert kept == [("oauth_refresh_token", "r-2")]
    assert server.forms[1]["refresh_token"] == "r-2"


def test_a_ready_token_comes_first(server: TokenServer) -> None:
    assert source(server.url, access_token="ready\n").token() == "ready"
    assert server.forms == []


@pytest.mark.parametrize(
    ("status", "answer", "extra", "expected"),
    [
        (400, {"error": "invalid_grant"}, {}, CredentialsRejected),
        (401, {"error": "invalid_client"}, {}, Misconfigured),
        (503, {}, {}, Transient),
        (429, {}, {"Retry-After": "17"}, RateLimited),
        (200, {}, {}, Transient),
        (302, {}, {"Location": "http://127.0.0.1:1/"}, CredentialsRejected),
    ],
)
def test_refusals(
    server: TokenServer, status: int, answer: dict[str, Any], extra: dict[str, str], expected: type[Exception]
) -> None:
    server.status, server.answer, server.extra = status, answer, extra
    with pytest.raises(expected) as caught:
        source(server.url).token()
    assert "r-1" not in str(caught.value)
    assert getattr(caught.value, "retry_after", None) == (17.0 if status == 429 else None)
    assert len(server.forms) == 1


def test_secrets_go_only_over_tls() -> None:
    with pytest.raises(Misconfigured, match="https"):
        source("http://token.example/").token()


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match="oauth_token_url"):
        source("").token()
    settings = EmailSettings(address="a@shop-a.example", imap_host="localhost", auth="xoauth2")
    with pytest.raises(CredentialsRejected, match="refresh token"):
        TokenSource(settings, lambda name: None).token()


def test_nobody_there_is_transient() -> None:
    with pytest.raises(Transient):
        source("http://127.0.0.1:1/").token()


def test_the_connector_of_a_running_service_keeps_a_replaced_token(server: TokenServer) -> None:
    kept: dict[str, str] = {}
    settings = source(server.url)._settings
    secrets = {"oauth_refresh_token": "r-1"}
    connector = registry.build("shop", settings, secrets.get, kept.__setitem__)
    server.answer = {"access_token": "a-1", "refresh_token": "r-2"}
    connector._tokens.token()
    assert kept == {"oauth_refresh_token": "r-2"}
