"""One customer: recognised while they write, merged and split by hand, described; every step an event that can be undone."""

from __future__ import annotations

import json
from functools import partial

import pytest

from tests.support.world import CHAT, MAIL, World
from unibox_tui.desk import actions, people, undo
from unibox_tui.desk.actions import Call
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.domain.fields import FieldRule
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.words import MessageKind
from unibox_tui.store import labels, merging, recognising, risk
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Outcome
from unibox_tui.views import contacts as contacts_view
from unibox_tui.views import panel, suggested

DAY = 86_400_000


def owner(world: World, came: Outcome) -> int:
    return int(world.conversation(came.conversation)["contact_id"])


def write(world: World, inbox: int, person: Person, text: str = "Shop ơi", *, inert: bool = False) -> Outcome:
    world.later(1_000)
    fact = MessageReceived(f"p{world.now}", person, world.now, text, MessageKind.CHAT)
    return world.take(inbox, fact, inert=inert)[0]


def whatsapp(number: str, name: str = "Nguyễn Thị Hà") -> Person:
    return Person(f"wa-{number}", "wa_user", name, vouched=(("phone", number),))


def opened(world: World, came: Outcome) -> tuple[suggested.Suggestion, ...]:
    assert came.conversation is not None
    conversation = came.conversation
    return world.db.read_now(lambda db: suggested.of_conversation(db, conversation))


def told(world: World, kind: str) -> list[dict[str, object]]:
    return [
        json.loads(row["data"])
        for row in world.rows("SELECT data FROM event WHERE kind = :kind ORDER BY seq", kind=kind)
    ]


# -- recognised while they write -------------------------------------------------------------------------------------


def test_the_same_verified_number_on_two_inboxes_is_one_customer_and_one_conversation(world: World) -> None:
    first, second = (world.inbox(name, CHAT, channel="whatsapp") for name in ("w1", "w2"))
    one = write(world, first, whatsapp("+84903111224"))
    two = write(world, second, Person("other-id", "wa_user", "Ha Nguyen", vouched=(("phone", "0903 111 224"),)))
    assert owner(world, one) == owner(world, two)
    assert one.conversation == two.conversation
    [event] = told(world, "contact.merged")
    assert event["automatic"] is True
    assert world.rows("SELECT 1 FROM contact_suggestion") == []


def test_stated_numbers_only_suggest(world: World) -> None:
    chat, shop = world.inbox("w", CHAT, channel="whatsapp"), world.inbox("web", CHAT, channel="livechat")
    one = write(world, chat, whatsapp("+84903111224"))
    two = write(world, shop, Person("v1", "visitor", "Hà Nguyễn", phone="0903.111.224"))
    assert owner(world, one) != owner(world, two)
    [found] = opened(world, two)
    assert found.reasons[0].kind == "phone"
    assert {found.reasons[0].mine.level, found.reasons[0].theirs.level} == {"stated", "verified"}


def test_a_number_written_in_the_chat_suggests_with_both_messages_side_by_side(world: World) -> None:
    chat, shop = world.inbox("w", CHAT, channel="whatsapp"), world.inbox("ig", CHAT, channel="instagram")
    write(world, chat, whatsapp("+84903111224"), "Cho em hỏi size M")
    two = write(world, shop, Person("ig1", "ig_user", "bé heo"), "số em là 0903 111 224 ạ")
    [found] = opened(world, two)
    [reason] = found.reasons
    assert (reason.mine.text, reason.theirs.text) == ("số em là 0903 111 224 ạ", "Cho em hỏi size M")
    assert (reason.mine.level, reason.theirs.level) == ("written", "verified")
    assert reason.mine.conversation_id == two.conversation


def test_nothing_but_an_order_code_and_once_more_with_nothing_at_all(world: World) -> None:
    instagram, mail = world.inbox("ig", CHAT, channel="instagram"), world.inbox("a")
    write(world, instagram, Person("ig1", "ig_user", "bé heo"), "Đơn DH20381 bao giờ giao ạ")
    silent = world.mail(mail, "ha@khach.example", "Em muốn hỏi về đơn hàng")
    assert opened(world, silent) == ()
    speaking = world.later(7 * DAY).mail(mail, "ha@khach.example", "Đơn DH20381 thiếu 1 áo", subject="Thiếu áo")
    [found] = opened(world, speaking)
    assert [(reason.kind, reason.value) for reason in found.reasons] == [("order", "DH20381")]
    assert world.rows("SELECT 1 FROM contact WHERE merged_into IS NOT NULL") == []


def test_an_old_order_code_says_nothing(world: World) -> None:
    instagram, mail = world.inbox("ig", CHAT, channel="instagram"), world.inbox("a")
    write(world, instagram, Person("ig1", "ig_user", ""), "Đơn DH20381")
    assert opened(world, world.later(61 * DAY).mail(mail, text="Đơn DH20381")) == ()


def test_what_many_have_tells_nothing(world: World) -> None:
    inbox = world.inbox("web", CHAT, channel="livechat")
    last = None
    for number in range(4):
        last = write(
            world, inbox, Person(f"v{number}", "visitor", f"Khách {number}"), "gọi shop 0903 111 224 không được"
        )
    assert last is not None
    pairs = world.rows("SELECT * FROM contact_suggestion")
    assert len(pairs) == 1, "the second was offered; from the third on the number tells nothing"
    for address in ("noreply@san.example", "a@shop-a.example"):
        shop = world.inbox("a")
        world.mail(shop, "x@khach.example", f"viết cho {address}")
        write(world, inbox, Person("v0", "visitor", "Khách 0"), f"em viết cho {address}")
    assert len(world.rows("SELECT * FROM contact_suggestion")) == 1


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_a_callers_number_attaches_and_never_merges(world: World, channel: str) -> None:
    chat, phone, web = (
        world.inbox("w", CHAT, channel="whatsapp"),
        world.inbox("p", CHAT, channel=channel),
        world.inbox("v", CHAT, channel="livechat"),
    )
    known = write(world, chat, whatsapp("+84903111224"))
    call = write(world, phone, Person("0903111224", "phone", ""))
    assert owner(world, call) == owner(world, known)
    stranger = write(world, phone, Person("+84903111555", "phone", ""))
    later = write(world, web, Person("v1", "visitor", "", vouched=(("phone", "+84903111555"),)))
    assert owner(world, later) != owner(world, stranger)
    assert told(world, "contact.merged") == []


def test_an_import_is_silent_and_its_keys_count_later(world: World) -> None:
    chat, web = world.inbox("w", CHAT, channel="whatsapp"), world.inbox("v", CHAT, channel="livechat")
    write(world, chat, whatsapp("+84903111224"), inert=True)
    write(world, web, Person("v1", "visitor", "Hà", phone="0903111224"), inert=True)
    assert world.rows("SELECT 1 FROM contact_suggestion") == []
    live = write(world, web, Person("v1", "visitor", "Hà"), "em hỏi")
    assert len(opened(world, live)) == 1


def test_two_reasons_stand_above_one(world: World) -> None:
    chat, web, mail = (
        world.inbox("w", CHAT, channel="whatsapp"),
        world.inbox("v", CHAT, channel="livechat"),
        world.inbox("a"),
    )
    write(world, chat, whatsapp("+84903111224"))
    write(world, web, Person("v1", "visitor", ""), "Đơn DH20381, ck mã FT24123456789")
    came = world.mail(mail, text="số em 0903111224, đơn DH20381, ck nội dung FT24123456789")
    first, second = opened(world, came)
    assert [reason.kind for reason in first.reasons] == ["bank", "order"]
    assert [reason.kind for reason in second.reasons] == ["phone"]


def test_what_a_person_split_is_not_joined_again(world: World) -> None:
    an = world.agent("an")
    first, second = (world.inbox(name, CHAT, channel="whatsapp") for name in ("w1", "w2"))
    one = write(world, first, whatsapp("+84903111224"))
    write(world, second, whatsapp("+84903111224"))
    world.db.write_now(lambda tx: people.split(tx, an, owner(world, one)))
    assert len({row["contact_id"] for row in world.rows("SELECT contact_id FROM identity")}) == 2
    again = write(world, second, whatsapp("+84903111224"), "em hỏi tiếp")
    assert owner(world, again) != owner(world, one)
    assert opened(world, again) == ()


# -- by hand ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(world: World) -> tuple[World, Actor, int, int]:
    an = world.agent("an")
    zalo, mail = world.inbox("z", CHAT, channel="zalo"), world.inbox("a")
    return world, an, owner(world, world.chat(zalo, "z1", name="bé heo")), owner(world, world.mail(mail))


def test_merge_by_hand_is_one_undo_with_its_joins(two: tuple[World, Actor, int, int]) -> None:
    world, an, one, other = two
    before = [
        dict(row) for row in world.rows("SELECT id, contact_id, home, joined_into, status, unread FROM conversation")
    ]
    done = world.db.write_now(lambda tx: people.merge(tx, an, one, other, {"name": "Chị Hà"}, join=True))
    assert len(world.rows("SELECT 1 FROM conversation WHERE joined_into IS NOT NULL")) == 1
    shown = world.db.read_now(lambda db: panel.panel(db, done.conversations[0], me="an", now=world.now))
    assert (shown.contact_id, shown.name, len(shown.identities), shown.conversations) == (one, "Chị Hà", 2, 1)
    undone = world.db.write_now(lambda tx: undo.undo(tx, an))
    assert undone.data["kept"] <= 1
    after = [
        dict(row) for row in world.rows("SELECT id, contact_id, home, joined_into, status, unread FROM conversation")
    ]
    assert after == before
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert world.row("SELECT merged_into FROM contact WHERE id = :id", id=other)["merged_into"] == one
    assert len(world.rows("SELECT 1 FROM conversation WHERE joined_into IS NOT NULL")) == 1
    world.db.write_now(lambda tx: people.split(tx, an, one))
    now = [dict(row) for row in world.rows("SELECT id, contact_id, home, joined_into FROM conversation")]
    assert now == [{key: row[key] for key in ("id", "contact_id", "home", "joined_into")} for row in before]


def test_the_panel_shows_the_others_conversations(two: tuple[World, Actor, int, int]) -> None:
    world, an, one, other = two
    conversation = world.row("SELECT id FROM conversation WHERE contact_id = :id", id=one)["id"]
    world.db.write_now(lambda tx: people.merge(tx, an, one, other))
    shown = world.db.read_now(lambda db: panel.panel(db, conversation, me="an", now=world.now))
    assert len(shown.others) == 1
    assert shown.conversations == 2
    assert {line.address for line in shown.identities} == {"z1", "ha@khach.example"}


def test_split_by_identity_and_an_identity_that_was_never_merged(two: tuple[World, Actor, int, int]) -> None:
    world, an, one, other = two
    world.db.write_now(lambda tx: people.merge(tx, an, one, other))
    identity = world.row("SELECT id FROM identity WHERE address = 'ha@khach.example'")["id"]
    world.db.write_now(lambda tx: people.split(tx, an, one, identity=identity))
    assert world.row("SELECT contact_id FROM identity WHERE id = :id", id=identity)["contact_id"] == other
    with pytest.raises(WrongUse, match="only identity"):
        world.db.write_now(lambda tx: people.split(tx, an, other, identity=identity))
    with pytest.raises(NotFound):
        world.db.write_now(lambda tx: people.split(tx, an, one, identity=identity))
    with pytest.raises(WrongUse, match="Nothing was merged"):
        world.db.write_now(lambda tx: people.split(tx, an, one))
    brand = world.inbox("b", group="Shop B")
    world.mail(brand, "ha@khach.example")
    second = world.row("SELECT max(id) AS id FROM identity")["id"]
    done = world.db.write_now(lambda tx: people.split(tx, an, other, identity=second))
    new = done.data["contact"]
    assert world.row("SELECT contact_id FROM conversation WHERE group_name = 'Shop B'")["contact_id"] == new
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.row("SELECT contact_id FROM identity WHERE id = :id", id=second)["contact_id"] == other
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert world.row("SELECT contact_id FROM identity WHERE id = :id", id=second)["contact_id"] == new


def test_fields_are_checked_and_undone_where_nobody_changed_them_since(two: tuple[World, Actor, int, int]) -> None:
    world, an, one, _ = two
    rules = {"size": FieldRule("size", "choice", ("S", "M", "XL")), "born": FieldRule("born", "date")}
    values = {"title": "chị", "attributes.size": "xl", "attributes.born": "1990-02-03", "note": "a\nb"}
    done = world.db.write_now(lambda tx: people.set_fields(tx, an, one, values, rules))
    now = world.db.read_now(lambda db: merging.values(db, one))
    assert (now["title"], now["attributes.size"], now["note"]) == ("chị", "XL", "a\nb")
    assert {event["field"] for event in told(world, "contact.changed")} == set(values)
    for wrong in (
        {"attributes.size": "XXL"},
        {"attributes.born": "hôm qua"},
        {"attributes.shoe": "1"},
        {"shoe": "1"},
        {},
    ):
        with pytest.raises(WrongUse):
            world.db.write_now(lambda tx, wrong=wrong: people.set_fields(tx, an, one, wrong, rules))  # type: ignore[misc]
    binh = world.agent("binh")
    world.db.write_now(lambda tx: people.set_fields(tx, binh, one, {"title": "cô"}))
    world.db.write_now(lambda tx: undo.undo(tx, an, done.action_id))
    now = world.db.read_now(lambda db: merging.values(db, one))
    assert (now["title"], now.get("note"), now.get("attributes.size")) == ("cô", None, None)


@pytest.mark.parametrize(("robot", "pairs"), [("mailer-daemon@mx.example", 0), ("kho@khach.example", 1)])
@pytest.mark.parametrize("first", [True, False])
def test_a_notice_that_names_a_customer_is_not_the_customer(world: World, robot: str, pairs: int, first: bool) -> None:
    a, b = world.inbox("a", MAIL), world.inbox("b", MAIL)
    notice = "Your message to ha@khach.example could not be delivered."
    if first:
        world.mail(a, robot, notice, name="Mail Delivery Subsystem")
    world.mail(b, "ha@khach.example", "Shop ơi")
    if not first:
        world.mail(a, robot, notice, name="Mail Delivery Subsystem")
    assert len(world.rows("SELECT 1 FROM contact_suggestion")) == pairs


def test_a_found_number_is_kept_with_its_message_and_suggests(world: World) -> None:
    an = world.agent("an")
    chat, mail = world.inbox("w", CHAT, channel="zalo"), world.inbox("a")
    known = write(world, chat, Person("z1", "zalo_user", "Hà", phone="0903111224"))
    came = world.mail(mail, text="gọi em số ba không ba một một một hai hai bốn")
    done = world.db.write_now(lambda tx: people.keep_found(tx, an, came.n or 0, "phone", "0903 111 224"))
    key = world.row("SELECT * FROM contact_key WHERE message_n = :n", n=came.n)
    assert (key["value"], key["verified"], key["contact_id"]) == ("+84903111224", 0, owner(world, came))
    assert [found.other_id for found in opened(world, came)] == [owner(world, known)]
    again = world.db.write_now(lambda tx: people.keep_found(tx, an, came.n or 0, "phone", "+84903111224"))
    assert (again.changed, again.action_id) == (0, None)
    world.db.write_now(lambda tx: undo.undo(tx, an, done.action_id))
    assert world.rows("SELECT 1 FROM contact_key WHERE message_n = :n", n=came.n) == []
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert len(world.rows("SELECT 1 FROM contact_key WHERE message_n = :n", n=came.n)) == 1
    with pytest.raises(WrongUse):
        world.db.write_now(lambda tx: people.keep_found(tx, an, came.n or 0, "phone", "12"))


def test_one_value_serves_every_front_door(two: tuple[World, Actor, int, int]) -> None:
    world, an, one, other = two
    own = world.row("SELECT id FROM conversation WHERE contact_id = :id", id=one)["id"]
    theirs = world.row("SELECT id FROM conversation WHERE contact_id = :id", id=other)["id"]

    def perform(name: str, targets: tuple[int, ...] = (own,), **args: object) -> None:
        world.db.write_now(lambda tx: actions.perform(tx, an, Call(name, args), targets))

    perform("contact_set", fields={"name": "Chị Hà"})
    perform("merge", conversation=theirs)
    with pytest.raises(Conflict):
        perform("merge", conversation=theirs)
    perform("split_contact")
    assert world.conversation(theirs)["contact_id"] == other
    perform("merge", (), contact=one, **{"with": other})
    assert world.conversation(theirs)["contact_id"] == one
    with pytest.raises(WrongUse):
        perform("merge", (own,))


def test_a_suggestion_follows_merges_and_splits(world: World) -> None:
    an = world.agent("an")
    zalo, mail = world.inbox("z", CHAT, channel="zalo"), world.inbox("a")
    chat = world.chat(zalo, "z1", "đơn DH20381", name="bé heo")
    came = world.mail(mail, text="đơn DH20381")
    third = owner(world, world.later(1).mail(mail, "khac@khach.example", "hỏi size", subject="size"))
    done = world.db.write_now(lambda tx: people.merge(tx, an, third, owner(world, chat)))
    [found] = opened(world, came)
    assert found.other_id == third
    world.db.write_now(lambda tx: undo.undo(tx, an, done.action_id))
    [found] = opened(world, came)
    assert found.other_id == owner(world, chat)
    world.db.write_now(lambda tx: people.accept_suggestion(tx, an, found.contact_id, found.other_id))
    assert opened(world, came) == ()
    operation = world.row("SELECT why FROM contact_merge WHERE undone_at IS NULL")
    assert json.loads(operation["why"])[0]["value"] == "DH20381"


def test_keys_without_normal_form_are_brought_up_to_date_in_small_steps(world: World) -> None:
    web = world.inbox("v", CHAT, channel="livechat")
    for number in range(60):
        write(world, web, Person(f"v{number}", "visitor", "", email=f"k{number}@khach.example"), inert=True)
    world.db.write_now(lambda tx: tx.run("UPDATE contact_key SET norm = NULL"))
    assert world.db.write_now(recognising.refresh_keys) == 50
    assert world.db.write_now(recognising.refresh_keys) == 10
    assert world.db.write_now(recognising.refresh_keys) == 0


# -- labels of a customer --------------------------------------------------------------------------------------------


def test_the_labels_of_a_customer_are_set_as_one_value_and_come_back_with_undo(world: World) -> None:
    an = world.agent("an")
    contact = owner(world, write(world, world.inbox("w", CHAT, channel="whatsapp"), whatsapp("+84903111224")))

    def held() -> list[str]:
        return [row["name"] for row in world.db.read_now(lambda db: labels.of_contact(db, contact))]

    def put(said: str) -> None:
        world.later(1_000)
        world.db.write_now(lambda tx: people.set_fields(tx, an, contact, {"labels": said}))

    put("vip,  khách   sỉ")
    assert held() == ["khách sỉ", "vip"]
    put("vip, nợ")
    assert held() == ["nợ", "vip"]
    assert told(world, "contact.changed")[-1]["label"] in ("nợ", "khách sỉ")
    world.later(1_000)
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert held() == ["khách sỉ", "vip"]
    put("")
    assert held() == []


def test_labels_of_one_set_are_not_both_put_on_a_customer(world: World) -> None:
    an = world.agent("an")
    contact = owner(world, write(world, world.inbox("w", CHAT, channel="whatsapp"), whatsapp("+84903111224")))
    for name in ("mới", "cũ"):
        world.db.write_now(partial(labels.ensure, name=name, label_set="loại"))
    with pytest.raises(WrongUse, match="Only one label of 'loại'"):
        world.db.write_now(lambda tx: people.set_fields(tx, an, contact, {"labels": "mới, cũ"}))


def test_the_list_of_contacts_says_who_is_blocked_and_who_is_marked(world: World) -> None:
    inbox = world.inbox("w", CHAT, channel="whatsapp")
    one, other = (owner(world, write(world, inbox, whatsapp(number))) for number in ("+84903111224", "+84903111225"))
    world.db.write_now(lambda tx: risk.put_mark(tx, "bom hàng", "an", phone="+84903111224"))
    world.db.write_now(lambda tx: risk.set_blocked(tx, [other], "an", on=True))
    lines = {line.id: line for line in world.db.read_now(lambda db: contacts_view.page(db)).lines}
    assert [(lines[id].blocked, lines[id].risks) for id in (one, other)] == [(False, ("bom hàng",)), (True, ())]


def test_labels_of_a_customer_go_on_and_off_one_by_one(world: World) -> None:
    an = world.agent("an")
    contact = owner(world, write(world, world.inbox("w", CHAT, channel="whatsapp"), whatsapp("+84903111224")))
    for name in ("mới", "cũ"):
        world.db.write_now(partial(labels.ensure, name=name, label_set="loại"))

    def held() -> list[str]:
        return [row["name"] for row in world.db.read_now(lambda db: labels.of_contact(db, contact))]

    def put(*names: str, take: tuple[str, ...] = ()) -> int:
        world.later(1_000)
        call = Call("contact_label", {"contact": contact, "put": names, "take": take})
        return world.db.write_now(lambda tx: actions.perform(tx, an, call, ())).changed

    assert put("vip", "mới") == 2
    assert put("vip") == 0
    assert put("cũ") == 2
    assert held() == ["cũ", "vip"]
    assert put("nợ", take=("VIP",)) == 2
    assert held() == ["cũ", "nợ"]
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert held() == ["cũ", "vip"]
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert held() == ["cũ", "nợ"]
    with pytest.raises(NotFound, match="no label"):
        put(take=("lạ",))
    with pytest.raises(WrongUse, match="Only one label of 'loại'"):
        put("mới", "cũ")
    with pytest.raises(WrongUse, match="on and taken off"):
        put("nợ", take=("nợ",))
    with pytest.raises(WrongUse, match="Which label"):
        put("  ")
    assert held() == ["cũ", "nợ"]


def test_who_writes_after_a_merge_goes_on_in_the_own_request_and_keeps_it_after_a_split(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("oa", CHAT, channel="zalo")
    lan = world.chat(inbox, "z1", "chào shop", name="Lan")
    hung = world.later(1_000).chat(inbox, "z2", "còn size L không", name="Hùng")
    mai = world.later(1_000).chat(inbox, "z3", "shop ơi", name="Mai")
    world.db.write_now(lambda tx: people.merge(tx, an, owner(world, lan), owner(world, hung)))
    world.db.write_now(lambda tx: people.merge(tx, an, owner(world, mai), owner(world, lan)))
    for address, mine in (("z1", lan), ("z2", hung), ("z3", mai), ("z1", lan)):
        came = world.later(1_000).chat(inbox, address, "thêm một câu nữa")
        assert came.conversation == mine.conversation, address
    world.db.write_now(lambda tx: people.split(tx, an, owner(world, mai)))
    assert owner(world, lan) != owner(world, mai)


def test_what_was_written_into_a_joined_request_goes_home_at_a_split_and_comes_back_at_an_undo(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("oa", CHAT, channel="zalo")
    lan = world.chat(inbox, "z1", "chào shop", name="Lan")
    hung = world.later(1_000).chat(inbox, "z2", "còn size L không", name="Hùng")
    first, second = owner(world, lan), owner(world, hung)
    world.db.write_now(lambda tx: people.merge(tx, an, first, second, join=True))
    mine = world.later(1_000).chat(inbox, "z2", "em lấy size L")
    hers = world.later(1_000).chat(inbox, "z1", "của chị tới chưa")
    place = lambda came: world.rows("SELECT conversation_id FROM message WHERE n = :n", n=came.n)[0][0]  # noqa: E731
    shared = world.conversation(mine.conversation)["id"]
    before = (place(mine), place(hers))
    assert shared in before

    world.db.write_now(lambda tx: people.split(tx, an, first))
    assert owner(world, lan) != owner(world, hung)
    assert place(mine) == hung.conversation
    assert place(hers) == lan.conversation
    assert world.conversation(hung.conversation)["last_n"] == mine.n

    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert (place(mine), place(hers)) == before
