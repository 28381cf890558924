"""The dated file: every row at its borders, and what a configuration may change of it."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from unibox_tui.connectors import policy, policy_values
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.policy import DAY, HOUR, MINUTE, Capabilities, Decision, Facts, decide
from unibox_tui.domain.words import Author

VIETNAM = timezone(timedelta(hours=7))


def at(year: int, month: int, day: int, zone: Any = UTC) -> int:
    return int(datetime(year, month, day, tzinfo=zone).timestamp() * 1000)


NOW = at(2026, 11, 15)


def ask(
    channel: str,
    variant: str = "",
    *,
    who: str = "",
    kind: str = "text",
    author: Author = Author.AGENT,
    now: int = NOW,
    overrides: Any = None,
    **known: Any,
) -> Decision:
    can = Capabilities(rules=policy.rules(channel, variant, overrides=overrides or {}))
    return decide(can, {}, kind=kind, author=author, now=now, facts=Facts(kind=who, **known))


def after(ms: int, *what: str) -> dict[str, int]:
    return dict.fromkeys(what or ("message",), NOW - ms)


@pytest.mark.parametrize("channel", policy.channels())
def test_every_row_of_the_file_is_understood(channel: str) -> None:
    assert list(policy_values.wrong(policy._file()[channel])) == []
    for variant in ("", *policy.variants(channel)):
        rules = policy.rules(channel, variant)
        assert len({(rule.name, rule.variant) for rule in rules}) == len(rules)
        assert policy.capabilities(channel, variant).rules == rules
        policy.pace(channel, "send", variant)
        policy.limits(channel, variant)


# -- Zalo ----------------------------------------------------------------------------------------------------------------


def zalo(variant: str, age: int, sent: int, *, now: int = NOW, what: str = "message", **more: Any) -> Decision:
    return ask("zalo", variant, now=now, windows={what: now - age}, answers={what: sent, "message": sent}, **more)


@pytest.mark.parametrize(
    ("age", "sent", "amount"),
    [(0, 0, 0), (0, 7, 0), (0, 8, 55), (2 * DAY - 1, 0, 0), (2 * DAY, 0, 55), (7 * DAY - 1, 3, 55), (7 * DAY, 0, None)],
)
def test_zalo_eight_free_answers_to_each_message(age: int, sent: int, amount: int | None) -> None:
    found = zalo("counted", age, sent)
    assert found.amount == (None if amount is None else amount * 1_000_000)
    assert found.allowed is (amount is not None)
    if amount is None:
        assert found.reason == "window_closed"
        assert "template" in [offer.kind for offer in found.offers]


@pytest.mark.parametrize(
    ("age", "sent", "amount"), [(0, 0, 0), (0, 30, 0), (2 * DAY - 1, 30, 0), (2 * DAY, 0, 55), (7 * DAY, 0, None)]
)
def test_zalo_free_for_two_days_not_counted(age: int, sent: int, amount: int | None) -> None:
    found = zalo("free48", age, sent)
    assert found.amount == (None if amount is None else amount * 1_000_000)
    assert (found.total, found.unsure) == (None, False)


def test_zalo_before_2026_everybody_was_counted() -> None:
    border = at(2026, 1, 1, VIETNAM)
    for variant in ("", "counted", "free48"):
        before = zalo(variant, HOUR, 8, now=border - 1)
        assert (before.amount, before.unsure, before.total) == (55_000_000, False, 8), variant
    assert zalo("free48", HOUR, 8, now=border).amount == 0
    assert zalo("counted", HOUR, 8, now=border).amount == 55_000_000


def test_zalo_where_nobody_chose_the_rows_disagree_only_from_the_ninth_answer() -> None:
    assert not zalo("", HOUR, 7).unsure
    ninth = zalo("", HOUR, 8)
    assert (ninth.amount, ninth.unsure) == (0, True)
    assert [(other.amount, other.currency) for other in ninth.others] == [(55_000_000, "VND")]
    assert not zalo("", 3 * DAY, 8).unsure, "after 48 hours both say 55"


def test_zalo_a_menu_tap_opens_the_paid_days_in_both_and_the_free_ones_in_one() -> None:
    assert zalo("free48", HOUR, 0, what="menu").amount == 0
    assert zalo("counted", HOUR, 0, what="menu").amount == 55_000_000


def test_zalo_three_welcomes_to_a_new_follower() -> None:
    found = [zalo("counted", HOUR, sent, what="follow") for sent in (0, 2, 3)]
    assert [(one.amount, one.total) for one in found] == [(0, 3), (0, 3), (55_000_000, 3)]
    assert found[0].unsure


@pytest.mark.parametrize(
    ("kind", "last"), [("transaction", at(2026, 3, 1, VIETNAM)), ("promotion", at(2026, 3, 1, VIETNAM))]
)
def test_zalo_kinds_that_ended_in_march(kind: str, last: int) -> None:
    noon = last - 12 * HOUR
    assert ask("zalo", kind=kind, now=noon).allowed
    assert not ask("zalo", kind=kind, now=last + 12 * HOUR).allowed


def test_zalo_templates_since_january() -> None:
    border = at(2026, 1, 1, VIETNAM)
    assert not ask("zalo", kind="template", now=border - 1).allowed
    assert ask("zalo", kind="template", now=border).amount is None


def test_zalo_promotion_and_broadcast_sleep_at_night() -> None:
    evening = at(2026, 11, 15, VIETNAM) + 22 * HOUR
    found = ask("zalo", kind="broadcast", now=evening - 1, who="audience")
    assert (found.allowed, found.free) == (True, True)
    asleep = ask("zalo", kind="broadcast", now=evening, who="audience")
    assert (asleep.reason, asleep.opens_at) == ("outside_hours", evening + 8 * HOUR)
    assert ask("zalo", kind="broadcast", now=evening - HOUR).reason == "not_allowed", "one customer is not everybody"
    assert ask("zalo", kind="template", now=evening - HOUR, who="audience").reason == "not_allowed"
    few = {"rules": {"broadcast": {"per_month": 4}}}
    spent = ask("zalo", kind="broadcast", now=evening - HOUR, overrides=few, month={"broadcast": 4}, who="audience")
    assert (spent.reason, spent.used, spent.total) == ("quota_spent", 4, 4)


def test_asking_a_number_for_consent_to_calls_costs() -> None:
    asked = ask("zalo", kind="consent", who="phone")
    assert (asked.allowed, asked.free, asked.amount) == (True, False, None)
    assert not ask("zalo", kind="consent", who="zalo_user").allowed


def test_zalo_calls() -> None:
    assert ask("zalo", kind="call", windows=after(30 * DAY - 1, "menu")).allowed
    assert not ask("zalo", kind="call", windows=after(30 * DAY, "menu")).allowed
    assert ask("zalo", kind="call", agreed=frozenset({"call"})).allowed


def test_zalo_packages_without_the_api() -> None:
    assert zalo("free48", HOUR, 0, package="Tiêu chuẩn").reason == "package_too_low"
    assert zalo("free48", HOUR, 0, package="Tăng trưởng").allowed


def test_zalo_groups_follow_their_own_row() -> None:
    found = ask("zalo", kind="text")
    assert not found.allowed
    can = Capabilities(rules=policy.rules("zalo"))
    group = decide(can, {}, kind="text", author=Author.AGENT, now=NOW, facts=Facts(kind="group"))
    assert (group.allowed, group.unsure) == (True, True)


def test_what_zalo_reports_is_believed_only_in_its_time() -> None:
    assert policy.believed("zalo", "remain", at(2025, 12, 31, VIETNAM))
    assert not policy.believed("zalo", "remain", at(2026, 1, 1, VIETNAM))
    assert policy.believed("zalo", "quota_type", NOW)
    assert not policy.believed("zalo", "weather", NOW)


# -- Meta ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_meta_a_day_then_a_person_for_a_week(channel: str) -> None:
    assert ask(channel, windows=after(DAY - 1)).tag == ""
    person = ask(channel, windows=after(DAY))
    assert (person.tag, person.closes_at) == ("HUMAN_AGENT", NOW + 6 * DAY)
    assert ask(channel, windows=after(7 * DAY - 1)).tag == "HUMAN_AGENT"
    assert ask(channel, windows=after(7 * DAY)).reason == "window_closed"
    assert ask(channel, windows=after(DAY), author=Author.BOT).reason == "human_only"


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_meta_an_advertisement_opens_a_week(channel: str) -> None:
    from_ad = ask(channel, windows=after(3 * DAY, "message", "ad"), author=Author.BOT)
    assert (from_ad.tag, from_ad.closes_at) == ("", NOW + 4 * DAY)
    assert not ask(channel, windows=after(7 * DAY, "ad")).allowed


@pytest.mark.parametrize("kind", ["event_update", "purchase_update", "account_update"])
def test_meta_tags_that_ended_in_april(kind: str) -> None:
    border = at(2026, 4, 27)
    assert ask("messenger", kind=kind, now=border - 1).tag
    assert not ask("messenger", kind=kind, now=border).allowed
    human = {"windows": {"message": border - 2 * DAY}}
    assert ask("messenger", now=border, **human).tag == "HUMAN_AGENT", "this one stays"


def test_meta_utility_templates_are_unsure() -> None:
    assert ask("messenger", kind="template").unsure
    assert not ask("messenger", kind="template", now=at(2026, 4, 26)).allowed


# -- WhatsApp --------------------------------------------------------------------------------------------------------------

OCTOBER = at(2026, 10, 1)


def whatsapp(age: int, what: str = "message", *, now: int, **more: Any) -> Decision:
    return ask("whatsapp", now=now, windows={what: now - age}, **more)


def test_whatsapp_a_day_then_a_template() -> None:
    before = OCTOBER - DAY
    assert whatsapp(DAY - 1, now=before).free
    closed = whatsapp(DAY, now=before)
    assert (closed.reason, [offer.kind for offer in closed.offers]) == ("window_closed", ["template", "utility"])


def test_whatsapp_prices_announced_for_october() -> None:
    last = whatsapp(HOUR, now=OCTOBER - 1)
    assert (last.free, last.unsure) == (True, False)
    first = whatsapp(HOUR, now=OCTOBER, month={"service-free": 12})
    assert (first.free, first.unsure, first.free_left) == (True, True, 988)
    over = whatsapp(HOUR, now=OCTOBER, month={"service-free": 1000})
    assert (over.free, over.amount, over.unsure) == (False, None, True)
    assert whatsapp(HOUR, now=OCTOBER - 1, kind="utility").free
    assert not whatsapp(HOUR, now=OCTOBER, kind="utility").free


def test_whatsapp_three_days_from_an_advertisement() -> None:
    assert whatsapp(3 * DAY - 1, "ad", now=NOW).free
    assert not whatsapp(3 * DAY, "ad", now=NOW).allowed


# -- others ------------------------------------------------------------------------------------------------------------------


def test_line_a_minute_by_token_then_the_months_quota() -> None:
    assert ask("line", windows=after(MINUTE - 1, "token")).rule.name == "reply"  # type: ignore[union-attr]
    assert ask("line", windows=after(MINUTE, "token")).rule.name == "push"  # type: ignore[union-attr]
    assert ask("line", blocked=True).reason == "blocked"


def test_telegram_until_it_is_blocked() -> None:
    assert ask("telegram").allowed
    assert ask("telegram", blocked=True).reason == "blocked"


def test_sms_by_parts_with_the_price_of_the_configuration() -> None:
    prices = {"rules": {"sms": {"price": 350, "currency": "VND"}}}
    can = Capabilities(rules=policy.rules("sms", "esms", overrides=prices))
    assert decide(can, {}, kind="text", author=Author.AGENT, now=NOW, parts=2).amount == 700_000_000
    assert ask("sms", "twilio").amount is None
    assert ask("sms", "speedsms", blocked=True).reason == "blocked"


def test_lengths_sizes_pace_and_doors() -> None:
    assert (policy.limits("instagram").text, policy.limits("instagram").text_unit) == (1000, "bytes")
    assert policy.limits("zalo").files["image/jpeg"] == 1_000_000
    assert policy.limits("zalo").redelivery_ms == 2 * HOUR
    assert policy.limits("sms", "twilio").text == 1600
    assert policy.limits("sms", "esms").file == 0
    assert policy.limits("messenger").upload_ids_live_ms == 90 * DAY
    assert policy.pace("messenger") == ((300.0, 1.0),)
    assert policy.pace("whatsapp", "person") == ((1.0, 6.0),)
    assert policy.pace("voice") == ()


# -- what a configuration changes -----------------------------------------------------------------------------------------


def test_a_configuration_is_laid_over_the_file() -> None:
    changed = {"rules": {"paid": {"price": 60}, "answer-counted": {"max_answers": 5}, "package": {"off": True}}}
    found = ask("zalo", "counted", overrides=changed, windows=after(HOUR), answers={"message": 5})
    assert (found.amount, found.total) == (60_000_000, 5)
    assert "package" not in [rule.name for rule in policy.rules("zalo", "counted", overrides=changed)]
    assert zalo("counted", HOUR, 5).amount == 0, "the file itself is as it was"


def test_a_configuration_may_add_a_row_and_put_it_first() -> None:
    gift = {"rules": {"gift": {"within": "1h", "rank": 0, "kinds": ["text"], "until": datetime(2027, 1, 1).date()}}}
    assert [rule.name for rule in policy.rules("line", overrides=gift)] == ["reply", "push", "gift"]
    first = {"rules": {"reply": {"rank": 2}, "push": {"rank": 1}}}
    assert [rule.name for rule in policy.rules("line", overrides=first)] == ["push", "reply"]


def test_limits_of_a_configuration_reach_the_capabilities() -> None:
    base = policy.capabilities("telegram", extra={"quick_replies": True})
    changed = policy.overlaid(base, "telegram", {"text": {"limit": 100}, "attachments": {"image/*": 5}})
    assert (changed.text_limit, changed.attachment_sizes["image/*"], changed.attachment_sizes["*"]) == (
        100,
        5,
        50_000_000,
    )
    assert changed.rules == base.rules
    assert changed.extra["quick_replies"]
    assert policy.overlaid(base, "telegram", {}) is base


@pytest.mark.parametrize(
    ("table", "path", "says"),
    [
        ({"zalo": {"rules": {"paid": {"prise": 5}}}}, ("zalo", "rules", "paid", "prise"), 'Did you mean "price"'),
        ({"zalo": {"rules": {"paid": {"within": "2 days"}}}}, ("zalo", "rules", "paid", "within"), "48h"),
        ({"zalo": {"rules": {"paid": {"until": "2026-03-01"}}}}, ("zalo", "rules", "paid", "until"), "without quotes"),
        ({"zalo": {"rules": {"paid": {"price": -1}}}}, ("zalo", "rules", "paid", "price"), "amount"),
        ({"zalo": {"rules": {"paid": {"hours": "6-22"}}}}, ("zalo", "rules", "paid", "hours"), "06:00-22:00"),
        ({"zalo": {"rules": {"paid": 55}}}, ("zalo", "rules", "paid"), "table"),
        ({"zalo": {"text": {"limit": "x"}}}, ("zalo", "text", "limit"), "whole number"),
        ({"zalo": {"attachments": {"jpeg": 5}}}, ("zalo", "attachments", "jpeg"), "image/jpeg"),
        ({"zalo": {"pace": {"send": [5]}}}, ("zalo", "pace", "send"), "pairs"),
        ({"zalo": {"rulez": {}}}, ("zalo", "rulez"), "rules"),
        ({"zallo": {}}, ("zallo",), "zalo"),
        ({"sms": {"variants": {"esms": {"rules": {"x": {"per": "word"}}}}}},
         ("sms", "variants", "esms", "rules", "x", "per"), "message, part"),
    ],
)  # fmt: skip
def test_what_is_wrong_names_the_key_and_the_way_out(table: Any, path: tuple[str, ...], says: str) -> None:
    [(found, what, fix)] = list(policy.problems(table))
    assert found == path
    assert says in f"{what} {fix}"


def test_an_unknown_variant_or_channel_is_refused_with_those_there_are() -> None:
    with pytest.raises(WrongUse, match="free48, counted"):
        policy.rules("zalo", "free")
    with pytest.raises(WrongUse, match="knows no channel"):
        policy.rules("pigeon")
    with pytest.raises(WrongUse, match="paid: price"):
        policy.rules("zalo", overrides={"rules": {"paid": {"price": "55"}}})


@pytest.mark.slow
def test_the_file_is_in_the_wheel(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    root = Path(__file__).parents[2]
    [made] = list(WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(made) as wheel:
        assert "unibox_tui/connectors/policy.toml" in wheel.namelist()
