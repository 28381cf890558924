"""What the panel says first, from a real store."""

from __future__ import annotations

from tests.desk.test_orders import do, talk
from tests.support.world import CHAT, World
from unibox_tui.desk import people, risk
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.store import outside, outside_reading
from unibox_tui.views import masking
from unibox_tui.views.models import Panel
from unibox_tui.views.panel import panel

MINUTE = 60_000


def seen(world: World, id: int, **more: object) -> Panel:
    return world.db.read_now(lambda db: panel(db, id, me="an", now=world.now, **more))  # type: ignore[arg-type]


def test_running_request_last_order_and_other_channels(world: World) -> None:
    an = world.agent("an")
    world.inbox("ig", CHAT, channel="instagram")
    chat, other = talk(world, "cho em hỏi size"), talk(world, "đơn đâu rồi ạ", who="ig1", inbox="ig")
    a, b = (int(world.conversation(id)["contact_id"]) for id in (chat, other))
    world.db.write_now(lambda tx: people.merge(tx, an, a, b))
    do(world, an, "order_new", other, fields={"code": "DH1", "amount": "1k"})
    world.later(1_000)
    do(world, an, "order_new", chat, fields={"code": "DH2", "amount": "590k"}, state="confirmed")
    news = seen(world, chat).news
    assert news.running is not None
    assert (news.running.id, news.running.status) == (chat, "open")
    assert [(order.code, order.state) for order in news.orders] == [("DH2", "confirmed"), ("DH1", "draft")]
    assert [(one.conversation_id, one.text) for one in news.elsewhere] == [(other, "đơn đâu rồi ạ")]
    do(world, an, "resolve", chat)
    news = seen(world, chat).news
    assert news.running is not None
    assert news.running.id == other


def test_the_usual_wait_is_the_middle_one_of_our_answers(world: World) -> None:
    an, chat = world.agent("an"), world.inbox("web", CHAT, channel="messenger")
    id = None
    for waited in (5, 9, 60):
        came = world.take(chat, MessageReceived(f"m{world.now}", Person("v1", "psid", "Hà"), world.now, "alo"))[0]
        id = came.conversation
        world.later(waited * MINUTE)
        do(world, an, "reply", id or 0, text="dạ")
        world.later(MINUTE)
    assert id is not None
    assert seen(world, id).news.usual_wait_ms == 9 * MINUTE


def test_risks_go_with_a_phone_that_was_only_written(world: World) -> None:
    an, id = world.agent("an"), talk(world, "số em 0903 111 224")
    world.db.write_now(lambda tx: risk.mark(tx, an, "bom hàng", phone="+84903111224"))
    do(world, an, "block", id)
    news = seen(world, id).news
    assert [(one.reason, one.author) for one in news.risks] == [("bom hàng", "an")]
    assert news.blocked


def test_addresses_amounts_and_transfers_are_found_with_their_message(world: World) -> None:
    id = talk(
        world,
        "giao về 45/2 đường Lê Lợi, phường Bến Nghé, quận 1, TP HCM",
        "em ck 590k nội dung DH20381 rồi nha",
        "áo kia 250k phải không shop",
    )
    found = {(line.kind, line.value): line.source for line in seen(world, id).found}
    assert found["address", "45/2 đường Lê Lợi, phường Bến Nghé, quận 1, TP HCM"] is not None
    assert ("bank", "590000 VND DH20381") in found
    source = found["amount", "250000 VND"]
    assert source is not None
    assert source.text == "áo kia 250k phải không shop"


def test_conflicts_with_other_systems_are_shown_until_decided(world: World) -> None:
    an, id = world.agent("an"), talk(world)
    contact = int(world.conversation(id)["contact_id"])
    do(world, an, "contact_set", id, fields={"name": "Chị Hà"})
    given = outside_reading.contact({"contact": contact, "name": "Ha Nguyen"})
    world.db.write_now(lambda tx: outside.put_contact(tx, "crm", given))
    assert seen(world, id).news.conflicts == (("name", "Chị Hà", "Ha Nguyen", "crm"),)
    do(world, an, "contact_set", id, fields={"name": "Hà"})
    assert seen(world, id).news.conflicts == ()


def test_fields_are_called_as_the_workspace_calls_them(world: World) -> None:
    an, id = world.agent("an"), talk(world)
    do(world, an, "contact_set", id, rules=None, fields={"attributes.size": "M"})
    assert seen(world, id, titles={"size": "Cỡ áo"}).attributes == (("Cỡ áo", "M"),)


def test_masked_there_is_no_whole_number_anywhere_in_it(world: World) -> None:
    an, id = world.agent("an"), talk(world, "số em 0903 111 224, giao 12 đường Lê Lợi, phường 1, quận 3 nha")
    do(world, an, "order_new", id, fields={"note": "gọi 0903111224"})
    do(world, an, "risk", id, reason="bom 0903.111.224")
    whole = repr(seen(world, id))
    assert "903111224" in whole
    masked = "".join(letter for letter in repr(masking.panel(seen(world, id))) if letter not in " .")
    at = masked.find("903111224")
    assert at < 0, masked[at - 80 : at + 20]
    assert masking.phone("+84903111224") == "+84••••••224"
    assert masking.text("giá 590.000 đ, ngày 20/11/2025") == "giá 590.000 đ, ngày 20/11/2025"
