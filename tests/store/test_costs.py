"""Costs, standings and terms, from what happens to what lists, JSON and sums say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.inbound import Person, Receipt, WindowOpened
from unibox_tui.domain.policy import DAY, HOUR, MINUTE, Capabilities, SendRule
from unibox_tui.domain.words import Author, DeliveryState
from unibox_tui.store import costs, dossier, forgetting, outbox, standing, terms
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.sync import leaving
from unibox_tui.views import jsonform
from unibox_tui.views.lists import page
from unibox_tui.views.ways import ways

COUNTED = policy.capabilities("zalo", "counted", undo_send_ms=0)


def zalo(world: World, can: Capabilities = COUNTED) -> tuple[int, int, int]:
    """(inbox, conversation, identity) of a customer who has just written."""
    inbox = world.inbox("oa", can, channel="zalo")
    came = world.chat(inbox, "889", name="Nguyễn Thị Hà")
    identity = world.row("SELECT id FROM identity WHERE address = '889'")["id"]
    assert came.conversation is not None
    return inbox, came.conversation, identity


def say(world: World, conversation: int, text: str = "Dạ", actor: Actor | None = None, **letter: Any) -> int:
    an = actor or world.agent("an")
    done = world.db.write_now(lambda tx: answer.reply(tx, an, conversation, Letter(text=text, **letter)))
    return int(done.data["n"])


def cost(world: World, n: int) -> dict[str, Any]:
    found: dict[str, Any] = world.db.read_now(lambda db: jsonform.message(db, n))["cost"]
    return found


def listed(world: World, query: str) -> list[int]:
    found = world.db.read_now(lambda db: page(db, query, me="an", now=world.now))
    return [row.id for row in found.rows]


def leave(world: World, n: int) -> Any:
    """What the sender would hand to the connector; a refusal as words."""

    def go(tx: Tx) -> Any:
        item = outbox.of_message(tx.db, n)
        assert item is not None
        verdict = leaving.redecide(tx, item)
        if not verdict.allowed:
            return leaving.refusal_words(verdict)
        return leaving.leave(tx, item, verdict)["payload"]

    return world.db.write_now(go)


def test_what_an_answer_was_expected_to_cost_is_kept_with_it(world: World) -> None:
    _, talk, _ = zalo(world)
    first = cost(world, say(world, talk))
    assert (first["amount"], first["free"], first["said"]) == (0, True, None)
    assert first["expected"]["rule"] == "answer-counted"
    for _ in range(7):
        say(world, talk)
    ninth = cost(world, say(world, talk))
    assert (ninth["amount"], ninth["currency"], ninth["free"]) == (55, "VND", False)
    world.later(MINUTE)
    world.chat(1, "889", "còn nữa không")
    world.later(MINUTE)
    assert cost(world, say(world, talk))["free"], "counted anew with the next message"


def test_inbound_messages_and_notes_have_no_cost(world: World) -> None:
    zalo(world)
    assert cost(world, world.row("SELECT n FROM message WHERE direction = 'in'")["n"]) is None


def test_what_the_provider_says_comes_beside_it(world: World) -> None:
    _, talk, _ = zalo(world)
    n = say(world, talk)
    world.db.write_now(lambda tx: leaving.told(tx, n, {"cost": {"free": True, "quota": "reply"}}))
    assert cost(world, n)["said"] == {
        "at": world.now, "amount": None, "currency": None, "free": True, "charged": False, "quota": "reply",
    }  # fmt: skip
    receipt = Receipt(
        DeliveryState.DELIVERED,
        world.now,
        client_ref=world.row("SELECT client_ref AS ref FROM message WHERE n = :n", n=n)["ref"],
        extra={"cost": {"amount": "-0.00750", "currency": "USD", "charged": True}},
    )
    world.take(1, receipt)
    found = cost(world, n)
    assert (found["amount"], found["currency"], found["free"]) == (0.0075, "USD", False)
    assert found["said"]["quota"] == "reply", "what is not said again stays"
    assert found["expected"]["amount"] == 0


def test_a_repeated_receipt_may_bring_the_price(world: World) -> None:
    inbox, talk, _ = zalo(world)
    n = say(world, talk)
    ref = world.row("SELECT client_ref AS ref FROM message WHERE n = :n", n=n)["ref"]
    for extra in ({}, {"cost": {"amount": 0.01, "currency": "USD"}}):
        world.take(inbox, Receipt(DeliveryState.DELIVERED, world.now, client_ref=ref, extra=extra))
    assert cost(world, n)["amount"] == 0.01


@pytest.mark.parametrize(
    "garbage", [None, 5, [], {}, {"amount": "much"}, {"amount": True}, {"free": "yes"}, {"quota": 3}]
)
def test_a_cost_that_is_none_changes_nothing(world: World, garbage: object) -> None:
    _, talk, _ = zalo(world)
    n = say(world, talk)
    assert not world.db.write_now(lambda tx: leaving.told(tx, n, {"cost": garbage}))
    assert cost(world, n)["said"] is None


def test_sums_by_channel_agent_and_customer(world: World) -> None:
    dear = Capabilities(rules=(SendRule("dear", price=55, currency="VND"),), undo_send_ms=0)
    _, talk, identity = zalo(world, dear)
    binh = world.agent("binh")
    say(world, talk)
    charged = say(world, talk)
    mine = say(world, talk, actor=binh)
    failed = say(world, talk)
    world.db.write_now(lambda tx: outbox.settle(tx, outbox.of_message(tx.db, failed)["id"], DeliveryState.FAILED))
    world.db.write_now(lambda tx: costs.said(tx, mine, {"free": True}))
    world.db.write_now(lambda tx: costs.said(tx, charged, {"amount": 60, "currency": "VND", "charged": True}))

    def sums(by: costs.By, **when: int) -> list[tuple[str, int, int, int]]:
        found = world.db.read_now(lambda db: costs.sums(db, by, **when))
        return [(one.key, one.amount // 1_000_000, one.messages, one.free) for one in found]

    contact = world.row("SELECT contact_id AS c FROM identity WHERE id = :id", id=identity)["c"]
    assert sums("channel") == [("zalo", 115, 3, 1)]
    assert sums("inbox") == [("oa", 115, 3, 1)]
    assert sums("agent") == [("an", 115, 2, 0), ("binh", 0, 1, 1)]
    assert sums("customer") == [(str(contact), 115, 3, 1)]
    assert sums("channel", since=world.now + 1) == []


def test_what_nobody_has_named_is_counted_not_guessed(world: World) -> None:
    can = Capabilities(rules=(SendRule("x", charged=True),), undo_send_ms=0)
    _, talk, _ = zalo(world, can)
    assert cost(world, say(world, talk))["amount"] is None
    [found] = world.db.read_now(lambda db: costs.sums(db, "channel"))
    assert (found.amount, found.unknown) == (0, 1)


def test_a_templates_own_price(world: World) -> None:
    inbox, talk, _ = zalo(world)
    world.db.write_now(
        lambda tx: tx.run(
            "INSERT INTO template (inbox_id, id, name, language, text, price, currency, updated_at) "
            "VALUES (:inbox, 't1', 'Báo giao', 'vi', 'Đơn {{code}}', 300, 'VND', 0)",
            inbox=inbox,
        )
    )
    n = say(world, talk, kind="template", options={"template": {"id": "t1"}})
    assert (cost(world, n)["amount"], cost(world, n)["currency"]) == (300, "VND")


# -- decided again as it leaves --------------------------------------------------------------------------------------------

META = policy.capabilities("messenger", undo_send_ms=0)


def test_the_tag_of_the_rule_goes_out_with_it_and_only_for_a_person(world: World) -> None:
    _, talk, _ = zalo(world, META)
    fresh = say(world, talk)
    assert '"tag"' not in leave(world, fresh)
    world.later(3 * DAY)
    late = say(world, talk)
    assert '"tag":"HUMAN_AGENT"' in leave(world, late)
    assert cost(world, late)["expected"]["tag"] == "HUMAN_AGENT"
    robot = Actor(Author.BOT, "hours", "rule")
    with pytest.raises(Refused, match="only what a person writes"):
        say(world, talk, actor=robot, automatic=True)


def test_a_robots_answer_that_was_late_does_not_leave_by_the_tag(world: World) -> None:
    _, talk, _ = zalo(world, META)
    n = say(world, talk, actor=Actor(Author.BOT, "hours", "rule"), automatic=True)
    world.later(2 * DAY)
    assert leave(world, n) == "The channel now allows only what a person wrote."


def test_an_answer_that_waited_out_its_free_time_says_its_price_as_it_leaves(world: World) -> None:
    _, talk, _ = zalo(world)
    n = say(world, talk)
    world.later(3 * DAY)
    leave(world, n)
    assert cost(world, n)["amount"] == 55
    world.later(5 * DAY)
    assert "time" in leave(world, n)


def test_dispatch_counts_the_answers_before_it_and_not_itself(world: World) -> None:
    limited = Capabilities(rules=(SendRule("few", DAY, max_answers=2),), undo_send_ms=0)
    _, talk, _ = zalo(world, limited)
    first, second = say(world, talk), say(world, talk)
    assert isinstance(leave(world, second), str)
    assert "text" in leave(world, second)
    assert "text" in leave(world, first)
    with pytest.raises(Refused, match="No answer is left"):
        say(world, talk)


# -- standing ----------------------------------------------------------------------------------------------------------------


def stand(world: World, identity: int, **facts: Any) -> bool:
    return world.db.write_now(lambda tx: leaving.stands(tx, identity, facts))


def test_facts_of_a_standing_are_laid_over_each_other(world: World) -> None:
    _, _, identity = zalo(world)
    assert stand(world, identity, follows=True, agreed=["call"])
    assert not stand(world, identity, follows=True)
    stand(world, identity, quota={"reply": {"left": 5, "total": 8}})
    stand(world, identity, quota={"sub_quota": {"left": 1}}, agreed=None)
    found = world.db.read_now(lambda db: standing.standing_of(db, identity))
    assert found["follows"] is True
    assert "agreed" not in found
    assert {name: one["left"] for name, one in found["quota"].items()} == {"reply": 5, "sub_quota": 1}
    assert world.db.read_now(lambda db: standing.standing_of(db, 999)) == {}


@pytest.mark.parametrize(
    "facts", [{"weather": 1}, {"follows": "yes"}, {"quota": {"reply": {}}}, {"last_interaction": "x"}]
)
def test_a_standing_that_is_none_is_refused_and_logged_without_values(
    world: World, facts: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _, _, identity = zalo(world)
    with pytest.raises(ValueError):
        world.db.write_now(lambda tx: standing.set_standing(tx, identity, facts))
    assert not stand(world, identity, **facts)
    assert "not understood" in caplog.text


def test_following_and_blocking_are_learned_from_what_they_do(world: World) -> None:
    inbox, talk, identity = zalo(world)
    who = Person("889", "zalo_user")
    world.take(inbox, WindowOpened(who, "follow", world.now))
    assert listed(world, "follows:yes") == [talk]
    world.take(inbox, WindowOpened(who, "unfollow", world.now + 1))
    assert (listed(world, "follows:yes"), listed(world, "follows:no")) == ([], [talk])
    world.take(inbox, WindowOpened(who, "block", world.now + 2))
    assert world.db.read_now(lambda db: standing.standing_of(db, identity))["blocked"] is True


def test_leaving_us_opens_no_window(world: World) -> None:
    inbox, talk, _ = zalo(world)
    world.later(10 * DAY)
    world.take(inbox, WindowOpened(Person("889", "zalo_user"), "unfollow", world.now))
    [way] = world.db.read_now(lambda db: ways(db, talk, now=world.now))
    assert not way.allowed
    assert listed(world, "interaction<48h") == []
    world.take(inbox, WindowOpened(Person("889", "zalo_user"), "menu", world.now))
    [way] = world.db.read_now(lambda db: ways(db, talk, now=world.now))
    assert (way.allowed, way.price) == (True, 55)
    assert listed(world, "interaction<48h") == [talk]


def test_the_providers_count_reaches_the_composer(world: World) -> None:
    _, talk, identity = zalo(world)
    stand(world, identity, quota={"reply": {"left": 5, "total": 8}})
    world.later(MINUTE)
    say(world, talk)
    [way] = world.db.read_now(lambda db: ways(db, talk, now=world.now))
    assert (way.total, way.used) == (8, 4)


def test_what_the_inbox_has_left_of_the_month_counts_down(world: World) -> None:
    can = policy.capabilities("line", undo_send_ms=0)
    inbox, talk, _ = zalo(world, can)
    world.db.write_now(
        lambda tx: tx.run(
            "INSERT INTO inbox_health (inbox_id, quota_left, quota_total, standing_at, updated_at) VALUES (:id, 2, 500, :at, "
            ":at) ON CONFLICT (inbox_id) DO UPDATE SET quota_left = 2, quota_total = 500, standing_at = :at",
            id=inbox,
            at=world.now,
        )
    )
    world.later(1)
    say(world, talk)
    [way] = world.db.read_now(lambda db: ways(db, talk, now=world.now))
    assert (way.counted, way.used, way.total) == ("quota", 499, 500)
    say(world, talk)
    with pytest.raises(Refused, match="quota"):
        say(world, talk)


# -- terms and queries ---------------------------------------------------------------------------------------------------


def advance(world: World) -> list[int]:
    if not world.db.read_now(lambda db: terms.due(db, world.now)):
        return []
    return world.db.write_now(terms.advance)


def test_lists_know_the_price_and_what_is_left_now_and_later(world: World) -> None:
    _, talk, _ = zalo(world)
    opened = world.now
    assert (listed(world, "cost>0"), listed(world, "cost:0")) == ([], [talk])
    assert (listed(world, "free-left<2"), listed(world, "free-left>7")) == ([], [talk])
    for _ in range(7):
        say(world, talk)
    assert listed(world, "free-left<2") == [talk]
    say(world, talk)
    assert listed(world, "cost>0 free-left<1") == [talk]
    world.later(DAY)
    world.chat(1, "889", "alo")
    assert listed(world, "-cost>0 closes<=48h") == [talk]
    world.later(2 * DAY)
    assert (listed(world, "cost>0"), listed(world, "cost>55"), listed(world, "cost>=55")) == ([talk], [], [talk])
    assert opened < world.now


def test_closes_moves_on_when_the_free_time_is_over_and_the_paid_one_begins(world: World) -> None:
    _, talk, _ = zalo(world)
    opened = world.now
    assert world.conversation(talk)["closes_at"] == opened + 2 * DAY
    world.later(2 * DAY - HOUR)
    assert listed(world, "closes<2h") == [talk]
    assert advance(world) == []
    world.later(2 * HOUR)
    assert advance(world) == [talk]
    assert world.conversation(talk)["closes_at"] == opened + 7 * DAY
    assert (listed(world, "closes<2h"), listed(world, "closes<6d")) == ([], [talk])
    world.later(5 * DAY)
    advance(world)
    assert listed(world, "closes<30d") == []
    assert world.rows("SELECT * FROM answer_terms") == [], "nothing is kept of what is over"


def test_a_channel_that_is_always_free_has_no_terms_and_costs_nothing(world: World) -> None:
    inbox = world.inbox("mail")
    talk = world.mail(inbox).conversation
    assert world.rows("SELECT * FROM answer_terms") == []
    assert (listed(world, "cost:0"), listed(world, "cost>0")) == ([talk], [])


def test_what_somebody_agreed_to(world: World) -> None:
    _, talk, identity = zalo(world)
    assert listed(world, "agreed:none") == [talk]
    stand(world, identity, agreed=["Call", "marketing"])
    assert listed(world, "agreed:call") == [talk]
    assert listed(world, "agreed:sms") == []
    assert (listed(world, "agreed:any"), listed(world, "agreed:none")) == ([talk], [])


def test_other_rules_reach_what_is_open(world: World) -> None:
    inbox, talk, _ = zalo(world)

    def change(tx: Tx) -> None:
        from unibox_tui.store import capabilities, inboxes

        new = policy.capabilities("zalo", "counted", overrides={"rules": {"answer-counted": {"within": "1h"}}})
        tx.run("UPDATE inbox SET capabilities = :can WHERE id = :id", can=capabilities.dumps(new), id=inbox)
        assert inboxes.by_id(tx.db, inbox).capabilities.rules == new.rules, "nothing is lost on the row"
        terms.renew(tx, inbox)

    world.db.write_now(change)
    assert world.conversation(talk)["closes_at"] == world.now + HOUR


def test_who_is_forgotten_leaves_no_standing(world: World) -> None:
    _, _, identity = zalo(world)
    stand(world, identity, follows=True)
    contact = world.row("SELECT contact_id AS c FROM identity WHERE id = :id", id=identity)["c"]
    told = world.db.read_now(lambda db: dossier.dossier(db, contact))
    assert told["standings"][0]["facts"]["follows"] is True
    traces = world.db.read_now(lambda db: forgetting.traces(db, contact))
    actor = world.agent("an")
    world.db.write_now(lambda tx: forgetting.person(tx, actor, traces, {}))
    assert world.rows("SELECT * FROM identity_standing") == []
