"""Stored answers: whose, which variant, filled for whom, sent as what, out and in again."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import CHAT, MAIL, World
from unibox_tui.desk import canned, canned_exchange
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.canned import Canned, Ready
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import NotFound, Refused, WrongUse
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store.events import Actor

QUICK = replace(CHAT, extra={"quick_replies": True}, attachments=True)
SMS = Capabilities(text_limit=160, undo_send_ms=0, address_kind="phone", starts=True)


@pytest.fixture
def an(world: World) -> Actor:
    return world.agent("an")


def do(world: World, actor: Actor, name: str, targets: tuple[int, ...] = (), **args: Any) -> Done:
    return world.db.write_now(lambda tx: perform(tx, actor, Call(name, args), targets))


def made(world: World, entry: Canned, conversation: int, kind: str = "chat", particle: str = "") -> Ready:
    def read(db: sqlite3.Connection) -> Ready:
        return canned.ready(entry, canned.variables(db, conversation, "an", particle=particle), kind)

    return world.db.read_now(read)


def talk(world: World, name: str, *, language: str = "vi", inbox: int | None = None) -> int:
    box = inbox or world.inbox("zalo", CHAT, channel="zalo")
    id = int(world.later(1000).chat(box, f"v{name}", "Shop ơi", name=name).conversation or 0)
    world.db.write_now(
        lambda tx: tx.run(
            "UPDATE contact SET language = :l WHERE id = (SELECT contact_id FROM conversation WHERE id = :id)",
            l=language,
            id=id,
        )
    )
    return id


@pytest.mark.parametrize(
    ("name", "language", "text", "filled", "missing"),
    [
        ("Nguyễn Thị Hà", "vi", "Dạ {title} {given} ơi, {self} gửi ạ", "Dạ chị Hà ơi, em gửi ạ", ()),
        ("Trần Văn Minh", "vi", "Dạ {customer} ơi", "Dạ anh Minh ơi", ()),
        ("Trần Minh", "vi", "Dạ {customer} ơi", "Dạ {customer} ơi", ("customer",)),
        ("Trần Minh", "vi", "Dạ {given} ơi", "Dạ Minh ơi", ()),
        ("นายสมชาย ใจดี", "th", "สวัสดี{polite} {customer}", "สวัสดีครับ คุณสมชาย", ()),
        ("Alice Hartley", "en", "Hi {customer}{polite},", "Hi Alice,", ()),
    ],
)
def test_names_are_right_in_each_language(
    world: World, an: Actor, name: str, language: str, text: str, filled: str, missing: tuple[str, ...]
) -> None:
    one = made(world, Canned("x", text), talk(world, name, language=language), particle="ครับ")
    assert (one.text, one.missing) == (filled, missing)


def test_a_title_chosen_once_is_remembered(world: World, an: Actor) -> None:
    id = talk(world, "Trần Minh")
    do(world, an, "contact_set", (id,), fields={"title": "chị"})
    assert made(world, Canned("x", "{customer}"), id).text == "chị Minh"


def test_a_thai_particle_nobody_chose_stays_open(world: World, an: Actor) -> None:
    assert made(world, Canned("x", "ขอบคุณ{polite}"), talk(world, "นภา", language="th")).missing == ("polite",)


def test_the_order_named_last_is_known(world: World, an: Actor) -> None:
    box = world.inbox("zalo", CHAT, channel="zalo")
    id = int(world.chat(box, "v1", "đơn DH20381 đâu shop", name="Hà").conversation or 0)
    assert made(world, Canned("x", "Đơn {order}"), id).text == "Đơn DH20381"


def test_each_kind_of_channel_has_its_variant() -> None:
    one = Canned("x", "usual", variants={"mail": "Dear,\n---\nBye", "chat": "hey"})
    assert [canned.kind_of(can) for can in (MAIL, CHAT, SMS)] == ["mail", "chat", "sms"]
    assert [(canned.ready(one, {}, kind).text, canned.ready(one, {}, kind).variant) for kind in ("mail", "chat", "sms")] == [
        ("Dear,\n\nBye", "mail"), ("hey", "chat"), ("hey", "chat"),
    ]  # fmt: skip
    assert canned.ready(Canned("x", "usual"), {}, "mail").variant == ""


def test_ones_own_wins_over_the_inbox_over_the_team_and_the_language_decides(world: World, an: Actor) -> None:
    world.inbox("zalo", CHAT, channel="zalo")
    for scope, language, text in (
        ("team", None, "team"),
        ("team", "th", "ไทย"),
        ("inbox:zalo", None, "zalo"),
        ("me", None, "mine"),
    ):
        do(world, an, "canned_save", entry=Canned("ship", text, language=language, scope=scope))

    def of(agent: str, inbox: str, language: str) -> list[str]:
        return [
            one.text for one in world.db.read_now(lambda db: canned.listed(db, agent, inbox=inbox, language=language))
        ]

    assert of("an", "zalo", "vi") == ["mine"]
    assert of("binh", "zalo", "vi") == ["zalo"]
    assert of("binh", "other", "vi") == ["team"]
    assert of("binh", "other", "th") == ["ไทย"]
    assert len(world.db.read_now(lambda db: canned.listed(db, "an"))) == 3  # all but the team's, which one's own hides


def test_use_is_counted_and_sorts(world: World, an: Actor) -> None:
    for name in ("a", "b"):
        do(world, an, "canned_save", entry=Canned(name, name))
    b = world.row("SELECT id FROM canned WHERE shortcut = 'b'")["id"]
    do(world, an, "canned_used", key=f"canned:{b}")
    do(world, an, "canned_used", key="file:c")
    do(world, an, "canned_used", key="file:c")
    found = world.db.read_now(lambda db: canned.listed(db, "an", [Canned("c", "c")]))
    assert [(one.shortcut, one.used) for one in found] == [("c", 2), ("b", 1), ("a", 0)]


def test_several_bubbles_leave_in_order_and_one_undo_takes_all_back(world: World, an: Actor) -> None:
    box = world.inbox("zalo", replace(CHAT, undo_send_ms=5_000), channel="zalo")
    id = talk(world, "Hà", inbox=box)
    done = do(world, an, "reply", (id,), text="một\n---\nhai\n---\nba", apart=True)
    rows = world.rows(
        "SELECT b.text, o.part, o.created_at, o.n FROM outbox o JOIN message_body b ON b.n = o.n ORDER BY o.created_at, o.n"
    )
    assert [row["text"] for row in rows] == ["một", "hai", "ba"]
    assert "3 parts" in done.summary
    world.db.write_now(lambda tx: perform(tx, an, Call("undo"), ()))
    assert [row["state"] for row in world.rows("SELECT state FROM outbox")] == ["cancelled"] * 3
    draft = world.row("SELECT text, options FROM draft")
    assert (draft["text"], draft["options"].replace(" ", "")) == ("một\n---\nhai\n---\nba", '{"apart":true}')


def test_a_line_of_dashes_typed_by_hand_parts_nothing(world: World, an: Actor) -> None:
    id = talk(world, "Hà")
    do(world, an, "reply", (id,), text="một\n---\nhai")
    assert [
        row["text"]
        for row in world.rows("SELECT text FROM message_body b JOIN message m USING (n) WHERE direction = 'out'")
    ] == ["một\n---\nhai"]


def test_buttons_are_real_where_there_are_some_and_numbered_elsewhere(world: World, an: Actor) -> None:
    quick = talk(world, "Hà", inbox=world.inbox("fb", QUICK, channel="messenger"))
    plain = talk(world, "Hoa", inbox=world.inbox("zalo", CHAT, channel="zalo"))
    for id in (quick, plain):
        do(world, an, "reply", (id,), text="Size nào ạ?", buttons=["M", "L"])
    payloads = [row["payload"] for row in world.rows("SELECT payload FROM outbox ORDER BY n")]
    assert '"quick_replies": ["M", "L"]' in payloads[0] or '"quick_replies":["M","L"]' in payloads[0]
    assert "1. M" not in payloads[0]
    assert "1. M\\n2. L" in payloads[1]


def test_what_is_not_filled_in_cannot_be_sent(world: World, an: Actor) -> None:
    id = talk(world, "Hà")
    for text in ("Dạ {given} ơi", "size ‹size›"):
        with pytest.raises(Refused, match="not filled in"):
            do(world, an, "reply", (id,), text=text, force=True)
    assert not world.rows("SELECT 1 FROM outbox")


FULL = [
    Canned("ship", "Dạ {customer} ơi,\nphí ship 30k", "Phí ship", "vi", group="Giao hàng", variants={"sms": "ship 30k", "mail": "Kính gửi\n\nEm"}, buttons=("Còn", "Hết")),
    Canned("ขอบคุณ", "ขอบคุณ{polite}", language="th", scope="me"),
    Canned("sum", "=SUM(A1)", scope="inbox:zalo"),
    Canned("quote", 'a "b", \'\'\'c\'\'\'\n\\d', scope="team"),
]  # fmt: skip


@pytest.mark.parametrize(
    "out_and_in",
    [(canned_exchange.to_toml, canned_exchange.from_toml), (canned_exchange.to_csv, canned_exchange.from_csv)],
)
def test_out_and_in_again_is_the_same(out_and_in: Any) -> None:
    out, back = out_and_in
    assert back(out(FULL)) == FULL


def test_a_spreadsheet_runs_nothing_of_it() -> None:
    assert ",'=SUM(A1)," in canned_exchange.to_csv(FULL)


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (canned_exchange.from_toml, "a = ", "not TOML"),
        (canned_exchange.from_toml, "a = 1", r"no \[\[canned\]\]"),
        (canned_exchange.from_toml, '[[canned]]\nshortcut = "a"\ntexts = "b"', "entry 1: 'texts' is no field"),
        (canned_exchange.from_toml, '[[canned]]\nshortcut = "a"\nbuttons = "b"', "entry 1: buttons"),
        (canned_exchange.from_toml, '[[canned]]\ntext = "b"', "entry 1 has no shortcut"),
        (canned_exchange.from_csv, "a,b\n1,2\n", "no column shortcut"),
        (canned_exchange.from_csv, "shortcut,text\n,x\n", "line 2 has no shortcut"),
        (canned_exchange.from_csv, 'shortcut,text\na,"x', "Line 2"),
        (canned_exchange.from_csv, "shortcut,text\nship,x\n/Ship,y\n", "/ship stands twice"),
        (canned_exchange.from_toml, '[[canned]]\nshortcut = "a"\ntext = "x"\n' * 2, "/a stands twice"),
    ],
)
def test_a_bad_file_is_refused_by_line(read: Any, text: str, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        read(text)


@pytest.mark.parametrize(
    "entry",
    [Canned("a b", "x"), Canned("a", "  "), Canned("a", "x", language="fr"), Canned("a", "x", variants={"fax": "y"}),
     Canned("a", "x", buttons=("",)), Canned("a", "x", scope="all"), Canned("a", "x" * 30_000)],
)  # fmt: skip
def test_what_cannot_be_a_stored_answer(world: World, an: Actor, entry: Canned) -> None:
    with pytest.raises(WrongUse):
        do(world, an, "canned_save", entry=entry)
    with pytest.raises(NotFound):
        do(world, an, "canned_save", entry=Canned("a", "x", scope="inbox:nowhere"))
