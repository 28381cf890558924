from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.domain.errors import Refused
from unibox_tui.web import guards, tokens, widget
from unibox_tui.web.inboxes import WebInbox

DAY = 86_400_000


def connection(peer: str, *forwarded: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return HTTPConnection({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # not a proxy of ours: its word counts for nothing
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),  # what the client made up stays left
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
    ],
)
def test_the_address_behind_proxies(peer: str, forwarded: list[str], seen: str) -> None:
    assert guards.client_address(connection(peer, *forwarded), guards.networks(["10.0.0.0/8"])) == seen


def test_buckets_fill_again_and_forget_the_oldest() -> None:
    now = [0.0]
    buckets = guards.Buckets(most=2, clock=lambda: now[0])
    assert [buckets.take(("a",), per_minute=60, burst=2) > 0 for _ in range(4)] == [False, False, True, True]
    now[0] = 1.0
    assert buckets.take(("a",), per_minute=60, burst=2) == 0
    assert buckets.take(("a",), per_minute=60, burst=2) == pytest.approx(1.0)
    for other in ("b", "c"):
        buckets.take((other,), per_minute=60)
    assert len(buckets._levels) == 2


def test_a_visitor_token_is_bound_to_its_inbox_and_its_time() -> None:
    signer = tokens.Tokens(b"k" * 32)
    visitor = tokens.new_visitor()
    token = signer.visitor("chat", visitor, 1000)
    assert signer.read_visitor("chat", token, 2000) == (visitor, False)
    assert signer.read_visitor("chat", token, 8 * DAY) == (visitor, True)
    assert signer.read_visitor("chat", token, 181 * DAY) is None
    assert signer.read_visitor("other", token, 2000) is None
    assert tokens.Tokens(b"l" * 32).read_visitor("chat", token, 2000) is None
    reference = signer.upload("chat", visitor, {"sha256": "x"}, 1000)
    assert signer.read_upload("chat", visitor, reference, 2000) == {"sha256": "x"}
    assert signer.read_upload("chat", tokens.new_visitor(), reference, 2000) is None
    assert signer.read_upload("chat", visitor, reference, 2 * DAY) is None
    assert signer.read_visitor("chat", reference, 2000) is None
    assert signer.read_upload("chat", visitor, token, 2000) is None


def test_the_key_is_made_once_and_read_by_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "web.key"
    key = tokens.make_or_read_key(path)
    assert len(key) == 32
    assert tokens.make_or_read_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o640)
    with pytest.raises(Refused, match="read by others"):
        tokens.make_or_read_key(path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError):
        tokens.make_or_read_key(tmp_path / "link")


@pytest.mark.parametrize("language", ["vi", "th", "en"])
def test_the_widget_is_under_15_kb_as_served(language: str) -> None:
    settings = LivechatSettings(
        title="Shop A", greeting="Chào bạn, shop giúp gì được ạ?", ask=("name", "email", "phone")
    )
    inbox = WebInbox(1, "shop-a-chat", "livechat", settings, lambda name: None)
    text, _ = widget.script(inbox, settings, language)
    assert len(text.encode()) < 15_000
    assert "innerHTML" not in text
    assert "__" not in text


def test_the_widgets_words_are_complete_in_every_language() -> None:
    words = widget.words()
    assert set(words) == {"vi", "th", "en"}
    assert all(set(of) == set(words["en"]) and all(of.values()) for of in words.values())


def test_making_it_small_leaves_literals_alone() -> None:
    source = 'const a = "x  //  y; }"; // kept: not a whole line\n  // gone\nfor (const m of t.matchAll(/a b[/"]{2} ; }/g)) { f(m); }\n'
    small = widget.small_script(source.replace(" // kept: not a whole line", ""))
    assert small == 'const a="x  //  y; }";for(const m of t.matchAll(/a b[/"]{2} ; }/g)){f(m)}'
    assert (
        widget.small_style("a , b { color: red ; margin: 0 1px; }\n/* c */ .x > p {}")
        == "a,b{color:red;margin:0 1px}.x>p{}"
    )
