"""What is offered for a conversation: fitting canned replies, similar answers without anybody's particulars, or nothing."""

from __future__ import annotations

import pytest

from tests.store.test_lessons import build, learn, talk
from tests.support.world import CHAT, World
from unibox_tui.desk import canned as desk
from unibox_tui.store import canned, lessons
from unibox_tui.store.events import Actor
from unibox_tui.views.suggest import Learned, Offer, Suggestions, for_conversation, for_text

TEXTS = {
    "ship": "Dạ phí ship nội thành 20k, ngoại thành 30k ạ",
    "gio": "Dạ shop mở cửa từ 8h đến 21h mỗi ngày ạ {given}",
    "doi": "Dạ mình đổi size trong 7 ngày, chị gửi lại giúp em {deadline}",
}
ASKED = {
    "ship": ("phí ship về Huế bao nhiêu", "ship ra Hà Nội nhiêu tiền", "tiền ship sao vậy shop"),
    "gio": ("shop mở cửa mấy giờ", "chủ nhật có bán không", "mấy giờ shop đóng cửa"),
    "doi": ("em muốn đổi size M qua L", "áo chật quá đổi size được không", "đổi cỡ lớn hơn giúp em"),
}


@pytest.fixture
def an(world: World) -> Actor:
    world.inbox("chat", CHAT, channel="livechat")
    an = world.agent("an")

    def teach(tx: object) -> None:
        for shortcut, text in TEXTS.items():
            id = canned.put(tx, shortcut, text)  # type: ignore[arg-type]
            for asked in ASKED[shortcut]:
                lessons.teach(tx, asked, f"canned:{id}")  # type: ignore[arg-type]

    world.db.write_now(teach)
    return an


def ask(world: World, conversation: int, learned: Learned | None = None) -> Suggestions:
    def read(db: object) -> Suggestions:
        entries = {f"canned:{one.id}": one for one in desk.listed(db, "an")}  # type: ignore[arg-type]
        offers = [Offer(key, one.shortcut, one.text, one.title, one.language) for key, one in entries.items()]
        return for_conversation(
            db,  # type: ignore[arg-type]
            learned or Learned(),
            conversation,
            offers,
            lambda offer: desk.fill(db, entries[offer.key], conversation, "an"),  # type: ignore[arg-type]
        )

    return world.db.read_now(read)


def asking(world: World, text: str, who: str = "new", name: str = "Đỗ Minh Châu") -> int:
    return int(world.later(60_000).chat(1, who, text, name=name).conversation or 0)


@pytest.mark.parametrize("is_built", [False, True])
def test_the_fitting_reply_is_offered_filled(world: World, an: Actor, is_built: bool) -> None:
    if is_built:
        build(world)
    found = ask(world, asking(world, "Shop oi may gio mo cua vay"))
    assert [one.shortcut for one in found.fitting][:1] == ["gio"]
    assert found.fitting[0].text == "Dạ shop mở cửa từ 8h đến 21h mỗi ngày ạ Châu"
    assert found.fitting[0].missing == ()


def test_a_reply_that_cannot_be_filled_is_not_offered(world: World, an: Actor) -> None:
    found = ask(world, asking(world, "em muon doi size L duoc khong"))
    assert "doi" not in [one.shortcut for one in found.fitting]
    assert all("{" not in (one.text or "") for one in found.fitting)


@pytest.mark.parametrize("text", ["con mèo nhà em bỏ ăn buồn quá", "ฝนตกหนักมากวันนี้", "asdfgh qwerty", "🙂", "12345"])
def test_silence_when_nothing_fits(world: World, an: Actor, text: str) -> None:
    found = ask(world, asking(world, text))
    assert found.fitting == ()
    assert found.past == ()


def test_nothing_for_what_is_answered(world: World, an: Actor) -> None:
    n = talk(world, an, "mấy giờ mở cửa vậy shop", "Dạ tám giờ ạ chị ơi", who="new")
    conversation = int(world.row("SELECT conversation_id AS c FROM message WHERE n = :n", n=n)["c"])
    assert ask(world, conversation) == Suggestions()


def test_past_answers_without_anybodys_particulars(world: World, an: Actor) -> None:
    said = "Dạ chị Hoa giặt tay bằng nước lạnh, cần gì gọi 0900 000 112, đơn DH12045 em gửi rồi ạ"
    learn(world, talk(world, an, "áo len này giặt máy được không shop", said, who="h", name="Lê Thị Hoa"))
    found = ask(world, asking(world, "ao len nay giat may duoc khong"))
    assert len(found.past) == 1
    past = found.past[0]
    assert past.text == "Dạ chị ___ giặt tay bằng nước lạnh, cần gì gọi ___, đơn ___ em gửi rồi ạ"
    assert past.gaps == 3
    assert past.author == "an"


def test_the_same_answer_is_offered_once(world: World, an: Actor) -> None:
    for who in ("a", "b", "c", "d"):
        learn(
            world,
            talk(world, an, f"áo len này giặt máy được không {who}{who}", "Dạ giặt tay bằng nước lạnh ạ", who=who),
        )
    assert len(ask(world, asking(world, "áo len này giặt máy được không")).past) == 1


def test_another_brands_answers_stay_there(world: World, an: Actor) -> None:
    learn(world, talk(world, an, "áo len này giặt máy được không", "Dạ giặt tay bằng nước lạnh ạ", who="a"))
    other = world.inbox("other", CHAT, channel="livechat", group="Shop B")
    came = world.later(60_000).chat(other, "z", "áo len này giặt máy được không")
    assert ask(world, int(came.conversation or 0)).past == ()


def test_it_learns_while_open_and_forgets_while_open(world: World, an: Actor) -> None:
    learned = Learned()
    conversation = asking(world, "áo len này giặt máy được không")
    assert ask(world, conversation, learned).past == ()
    n = talk(world, an, "áo len giặt máy được không shop", "Dạ giặt tay bằng nước lạnh ạ", who="a")
    learn(world, n)
    assert len(ask(world, conversation, learned).past) == 1
    world.db.write_now(lambda tx: lessons.forget(tx, messages=[n]))
    assert ask(world, conversation, learned).past == ()


def test_for_words_names_what_would_be_missing(world: World, an: Actor) -> None:
    def read(db: object) -> Suggestions:
        offers = [Offer(f"canned:{one.id}", one.shortcut, one.text) for one in desk.listed(db, "an")]  # type: ignore[arg-type]
        return for_text(db, Learned(), "mấy giờ shop mở cửa vậy ạ", offers)  # type: ignore[arg-type]

    best = world.db.read_now(read).fitting[0]
    assert (best.shortcut, best.text, best.missing) == ("gio", None, ("given",))


def test_replies_of_another_language_stay_silent(world: World, an: Actor) -> None:
    world.db.write_now(lambda tx: tx.run("UPDATE canned SET language = 'th' WHERE shortcut = 'gio'"))
    found = ask(world, asking(world, "shop mở cửa mấy giờ vậy ạ"))
    assert "gio" not in [one.shortcut for one in found.fitting]


def test_hostile_words_come_out_safe(world: World, an: Actor) -> None:
    learn(
        world,
        talk(
            world,
            an,
            "áo len này giặt máy được không",
            "Giặt tay \x1b]52;c;aGk=\x07 nước lạnh [@click=app.quit] nhé",
            who="a",
        ),
    )
    found = ask(world, asking(world, "áo len này giặt máy được không \x1b[2J"))
    assert found.past
    assert all("\x1b" not in text and "\x07" not in text for text in (found.question, found.past[0].text))
