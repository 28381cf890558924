"""What may be sent, at the borders of each kind of rule."""

from __future__ import annotations

from typing import Any

import pytest

from unibox_tui.domain.policy import (
    DAY,
    HOUR,
    MINUTE,
    Capabilities,
    Decision,
    Facts,
    Quota,
    Said,
    SendRule,
    decide,
    terms,
)
from unibox_tui.domain.words import Author

NOW = 1_795_000_000_000


def ask(*rules: SendRule, kind: str = "text", author: Author = Author.AGENT, now: int = NOW, **known: Any) -> Decision:
    content = {
        name: known.pop(name) for name in ("text", "attachment_sizes", "attachment_types", "parts") if name in known
    }
    can = known.pop("can", None) or Capabilities(rules=rules)
    return decide(can, {}, kind=kind, author=author, now=now, facts=Facts(**known), **content)


DAY_RULE = SendRule("day", DAY, opened_by=("message", "menu"))


def test_a_window_closes_on_the_millisecond() -> None:
    assert ask(DAY_RULE, windows={"message": NOW - DAY + 1}).closes_at == NOW + 1
    closed = ask(DAY_RULE, windows={"message": NOW - DAY})
    assert (closed.allowed, closed.reason, closed.closes_at) == (False, "window_closed", NOW)


def test_it_is_opened_by_what_the_rule_counts_and_by_the_latest_of_it() -> None:
    assert ask(DAY_RULE, windows={"menu": NOW - HOUR, "message": NOW - 2 * DAY}).closes_at == NOW + 23 * HOUR
    assert ask(DAY_RULE, windows={"follow": NOW}).reason == "not_allowed"


def test_a_clock_that_runs_ahead_opens_no_longer_window() -> None:
    assert ask(DAY_RULE, windows={"message": NOW + 5 * DAY}).closes_at == NOW + DAY


def test_what_the_provider_calls_the_last_interaction_wins_over_what_we_saw() -> None:
    rule = SendRule("day", DAY, opened_by=("message", "menu", "interaction"))
    ours = {"menu": NOW - HOUR}
    found = ask(rule, windows=ours, last_interaction=(NOW - 20 * HOUR, NOW - MINUTE))
    assert found.closes_at == NOW + 4 * HOUR, "it does not count that menu"
    found = ask(rule, windows=ours, last_interaction=(NOW - 20 * HOUR, NOW - 2 * HOUR))
    assert found.closes_at == NOW + 23 * HOUR, "it said so before the menu"


def test_of_equal_rules_the_one_that_stays_open_longer_holds() -> None:
    ad = SendRule("ad", 7 * DAY, opened_by=("ad",))
    assert ask(DAY_RULE, ad, windows={"message": NOW - HOUR, "ad": NOW - HOUR}).closes_at == NOW - HOUR + 7 * DAY
    assert ask(DAY_RULE, ad, windows={"message": NOW - HOUR, "ad": NOW - 7 * DAY + HOUR}).rule == DAY_RULE


COUNTED = SendRule("free", 2 * DAY, max_answers=8, quota="reply")
PAID = SendRule("paid", 7 * DAY, price=55, currency="VND")


@pytest.mark.parametrize(("sent", "amount", "left"), [(0, 0, 8), (7, 0, 1), (8, 55_000_000, 0), (20, 55_000_000, 0)])
def test_free_answers_are_counted(sent: int, amount: int, left: int) -> None:
    found = ask(COUNTED, PAID, windows={"message": NOW - HOUR}, answers={"message": sent})
    assert (found.amount, found.free_left, found.used) == (amount, left, sent)


def test_after_its_time_an_answer_costs_and_is_no_longer_counted() -> None:
    found = ask(COUNTED, PAID, windows={"message": NOW - 2 * DAY}, answers={"message": 3})
    assert (found.amount, found.currency, found.total) == (55_000_000, "VND", None)


def test_without_a_dearer_rule_the_answers_are_over() -> None:
    assert ask(COUNTED, windows={"message": NOW}, answers={"message": 8}).reason == "answers_spent"


def test_the_providers_count_wins_over_ours() -> None:
    facts = {"windows": {"message": NOW - HOUR}, "answers": {"message": 2}}
    assert ask(COUNTED, PAID, quotas={"reply": Quota(0, 8, NOW)}, **facts).amount == 55_000_000
    assert ask(COUNTED, PAID, quotas={"reply": Quota(5, 8, NOW - MINUTE, after=1)}, **facts).free_left == 4
    old = Quota(0, 8, NOW - 2 * HOUR)
    assert ask(COUNTED, PAID, quotas={"reply": old}, **facts).free_left == 6, "said before the customer wrote again"


def test_the_providers_word_on_the_last_answer_wins_over_our_count() -> None:
    windows = {"message": NOW - HOUR}
    charged = ask(COUNTED, PAID, windows=windows, answers={"message": 2}, said=Said(False, NOW - MINUTE))
    assert charged.amount == 55_000_000
    free = ask(COUNTED, PAID, windows=windows, answers={"message": 9}, said=Said(True, NOW - MINUTE))
    assert (free.amount, free.total) == (0, None), "the ninth was free: nobody counts"
    eighth = ask(COUNTED, PAID, windows=windows, answers={"message": 9}, said=Said(True, NOW - MINUTE, after=1))
    assert eighth.amount == 55_000_000, "the eighth was free as it should be"
    other = ask(COUNTED, PAID, windows=windows, answers={"message": 9}, said=Said(True, NOW - MINUTE, 0, "sub_quota"))
    assert other.amount == 55_000_000, "free for another reason"
    before = ask(COUNTED, PAID, windows=windows, answers={"message": 2}, said=Said(False, NOW - 2 * HOUR))
    assert before.amount == 0


def test_a_rule_by_report_holds_only_while_something_is_reported_left() -> None:
    covered = SendRule("package", 7 * DAY, quota="sub_quota", only_reported=True)
    windows = {"message": NOW - 3 * DAY}
    assert ask(covered, PAID, windows=windows).amount == 55_000_000
    assert ask(covered, PAID, windows=windows, quotas={"sub_quota": Quota(3)}).amount == 0
    assert ask(covered, PAID, windows=windows, quotas={"sub_quota": Quota(3, after=3)}).amount == 55_000_000


def test_a_months_quota_is_over_when_the_inbox_says_so() -> None:
    push = SendRule("push", quota="inbox")
    assert ask(push).allowed
    assert ask(push, quotas={"inbox": Quota(1, 500)}).used == 499
    assert ask(push, quotas={"inbox": Quota(0, 500)}).reason == "quota_spent"


def test_free_messages_of_a_month_then_charged_ones() -> None:
    free = SendRule("free", DAY, per_month=1000)
    dear = SendRule("dear", DAY, charged=True)
    windows = {"message": NOW}
    assert ask(free, dear, windows=windows, month={"free": 999}).free_left == 1
    last = ask(free, dear, windows=windows, month={"free": 1000})
    assert (last.rule, last.amount) == (dear, None)


def test_following_blocking_and_agreeing() -> None:
    assert ask(SendRule("x", needs=("follows",)), follows=False).reason == "not_following"
    assert ask(SendRule("x", needs=("follows",))).allowed, "nobody has said otherwise"
    assert ask(SendRule("x", needs=("unblocked",)), blocked=True).reason == "blocked"
    assert ask(SendRule("x", needs=("agreed:call",))).reason == "not_agreed"
    assert ask(SendRule("x", needs=("agreed:call",)), agreed=frozenset({"call"})).allowed


def test_the_accounts_package() -> None:
    rule = SendRule("x", barred_packages=("Cơ bản",))
    assert ask(rule).allowed
    assert ask(rule, package="cơ bản").reason == "package_too_low"
    assert ask(rule, package="Tăng trưởng").allowed


@pytest.mark.parametrize(
    ("clock", "hours", "opens"),
    [
        (6 * 60, (360, 1320), None),
        (22 * 60 - 1, (360, 1320), None),
        (22 * 60, (360, 1320), 8 * 60),
        (5 * 60 + 59, (360, 1320), 1),
        (23 * 60, (1320, 360), None),
        (12 * 60, (1320, 360), 10 * 60),
    ],
)
def test_hours_of_the_day_are_those_of_the_place(clock: int, hours: tuple[int, int], opens: int | None) -> None:
    midnight = NOW - (NOW + 420 * MINUTE) % DAY
    now = midnight + clock * MINUTE
    found = ask(SendRule("x", hours=hours, utc_offset=420), now=now)
    assert found.allowed is (opens is None)
    assert found.opens_at == (None if opens is None else now + opens * MINUTE)


HUMAN = SendRule("human", 7 * DAY, human_only=True, tag="HUMAN_AGENT")


def test_a_tag_for_what_a_person_wrote_is_for_no_robot() -> None:
    windows = {"message": NOW - 3 * DAY}
    assert ask(DAY_RULE, HUMAN, windows=windows).tag == "HUMAN_AGENT"
    robot = ask(DAY_RULE, HUMAN, windows=windows, author=Author.BOT)
    assert (robot.allowed, robot.reason) == (False, "human_only")
    assert [offer.tag for offer in robot.offers] == ["HUMAN_AGENT"]
    assert ask(DAY_RULE, HUMAN, windows={"message": NOW - HOUR}).tag == "", "free without it"


def test_what_else_could_be_sent_is_offered() -> None:
    template = SendRule("template", kinds=("template",), charged=True)
    found = ask(DAY_RULE, template, windows={"message": NOW - 2 * DAY})
    assert [(offer.kind, offer.amount) for offer in found.offers] == [("template", None)]
    assert ask(DAY_RULE, template, windows={"message": NOW}).offers == ()


def test_dates_of_a_rule() -> None:
    old, new = SendRule("old", valid_until=NOW), SendRule("new", valid_from=NOW)
    assert ask(old, new, now=NOW - 1).rule == old
    assert ask(old, new, now=NOW).rule == new


def test_rules_of_groups_and_of_persons() -> None:
    person, group = SendRule("person", DAY, chats=("person",)), SendRule("group", chats=("group",))
    assert ask(person, group, windows={"message": NOW}).rule == person
    can = Capabilities(rules=(person, group))
    in_group = decide(can, {}, kind="text", author=Author.AGENT, now=NOW, facts=Facts(kind="group"))
    assert in_group.rule == group


def test_rows_that_disagree_make_it_unsure() -> None:
    free = SendRule("free", 2 * DAY, variant="a")
    few = SendRule("few", 2 * DAY, max_answers=8, variant="b")
    windows = {"message": NOW}
    agreed = ask(free, few, PAID, windows=windows, answers={"message": 3})
    assert (agreed.unsure, agreed.others) == (False, ())
    apart = ask(free, few, PAID, windows=windows, answers={"message": 8})
    assert (apart.rule, apart.unsure) == (free, True)
    assert [(other.amount, other.currency) for other in apart.others] == [(55_000_000, "VND")]


def test_the_price_of_parts() -> None:
    assert ask(SendRule("sms", price=350, currency="VND", per="part"), parts=3).amount == 1_050_000_000
    assert ask(SendRule("sms", price=0.0079, currency="USD", per="part"), parts=2).amount == 15_800


def test_lengths_are_counted_as_the_channel_does() -> None:
    can = Capabilities(text_limit=10, text_unit="bytes")
    assert ask(can=can, text="đườn").allowed
    assert ask(can=can, text="đường ơ").reason == "too_long"
    assert ask(can=Capabilities(text_limit=10, text_parts=2), text="x" * 20).allowed
    assert ask(can=Capabilities(text_limit=10, text_parts=2), text="x" * 21).reason == "too_long"


def test_sizes_and_kinds_of_files() -> None:
    can = Capabilities(attachments=True, attachment_limit=5, attachment_sizes={"image/png": 1, "image/*": 2, "*": 5})
    sizes = {"image/png": (1, 2), "image/gif": (2, 3), "application/pdf": (5, 6)}
    for media, (fits, over) in sizes.items():
        assert ask(can=can, attachment_sizes=[fits], attachment_types=[media]).allowed
        assert ask(can=can, attachment_sizes=[over], attachment_types=[media]).reason == "attachment_too_big"
    only = Capabilities(attachments=True, attachment_sizes={"image/*": 2})
    assert ask(can=only, attachment_sizes=[1], attachment_types=["video/mp4"]).reason == "attachment_type"


def test_how_answering_goes_on_by_itself() -> None:
    can = Capabilities(rules=(COUNTED, PAID))
    facts = Facts(windows={"message": NOW - HOUR}, answers={"message": 1})
    found = [(term.starts_at, term.ends_at, term.decision.amount) for term in terms(can, facts, NOW)]
    opened = NOW - HOUR
    assert found == [(NOW, opened + 2 * DAY, 0), (opened + 2 * DAY, opened + 7 * DAY, 55_000_000)]
    assert terms(can, Facts(windows={"message": NOW - 8 * DAY}), NOW) == []
    assert [(term.starts_at, term.ends_at) for term in terms(Capabilities(), Facts(), NOW)] == [(NOW, None)]


def test_a_price_that_begins_tomorrow_begins_tomorrow() -> None:
    tomorrow = NOW + DAY
    free, dear = SendRule("free", valid_until=tomorrow), SendRule("dear", valid_from=tomorrow, price=1, currency="USD")
    found = terms(Capabilities(rules=(free, dear)), Facts(), NOW)
    assert [(term.starts_at, term.decision.amount) for term in found] == [(NOW, 0), (tomorrow, 1_000_000)]
