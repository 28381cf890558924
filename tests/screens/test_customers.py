"""One customer on the screen: suggestions while reading, making two one and taking it back, the panel's lines, the story,
the contacts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fake_customers import DAY, order_suggestion
from tests.support.fake_workspace import HOUR, MINUTE, NOW, FakeChanged, FakeWorkspace, entry
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.views.models import FoundLine, Panel, Source

OPEN = 10_482


def suggesting() -> FakeWorkspace:
    workspace = FakeWorkspace()
    workspace.customers.suggestions = [order_suggestion(NOW)]
    return workspace


class Found(FakeWorkspace):
    """With a phone that was read out of a message."""

    async def panel(self, conversation: int) -> Panel:
        seen = await super().panel(conversation)
        source = Source(entry(OPEN, NOW - 5 * HOUR, "").n, OPEN, NOW - 5 * HOUR, "ZA", "gọi em 0912 000 679 nhé")
        return replace(seen, found=(FoundLine("phone", "+84912000679", "low", source),))


# -- suggestions -----------------------------------------------------------------------------------------------------


async def test_nothing_in_common_is_silent() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        assert "Probably" not in "\n".join(shown(app))
        await pilot.press("equals_sign")
        await settle(pilot)
        assert "Nothing suggests" in foot(app)
        assert workspace.performed == []


@pytest.mark.parametrize("told", [FakeChanged(rows={"contact": {"104820"}}), FakeChanged(reload=True)])
async def test_a_suggestion_comes_up_while_one_reads_and_one_key_takes_it(told: FakeChanged) -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        workspace.customers.suggestions = [order_suggestion(NOW)]
        workspace.feed.put_nowait(told)
        await settle(pilot)
        line_with(app, "Same as Phạm Thu Trang? order code DH20381")
        assert "= they are one  - they are two  & side by side" in foot(app)
        await type_text(pilot, "=")
        assert workspace.performed == [("accept_suggestion", {"contact": 104_820, "with": 104_750}, ())]


async def test_one_key_says_they_are_two() -> None:
    async with running(workspace=suggesting()) as (_app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "-")
        assert workspace.performed[0][0] == "dismiss_suggestion"


async def test_both_messages_stand_side_by_side_and_can_be_decided_there() -> None:
    async with running(workspace=suggesting()) as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "&")
        line_with(app, "order code DH20381")
        both = line_with(app, "Đơn DH20381 bao giờ giao")
        assert "Shop ơi em nhận thiếu" in both
        assert "they are one" in foot(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "bao giờ giao vậy" not in "\n".join(shown(app))
        assert workspace.performed == []
        await type_text(pilot, "&=")
        assert workspace.performed[0][0] == "accept_suggestion"


async def test_a_suggestion_stands_in_the_panel_and_leads_to_both_messages() -> None:
    async with running(workspace=suggesting()) as (app, pilot, _workspace):
        await pilot.press("enter", "i", "G")
        await settle(pilot)
        line_with(app, "Enter both side by side")
        await pilot.press("enter")
        await settle(pilot)
        line_with(app, "Đơn DH20381 bao giờ giao")


# -- making two one --------------------------------------------------------------------------------------------------


async def test_a_contact_is_found_as_one_types_and_compared_before_they_are_one() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "M")
        await type_text(pilot, "pham thu")
        line_with(app, "Phạm Thu Trang")
        await pilot.press("enter")
        await settle(pilot)
        assert "Nguyễn Thị Hà" in line_with(app, "Name  ")
        line_with(app, "Their open conversations become one too: no")
        await pilot.press("tab", "down", "right", "down", "tab")
        await settle(pilot)
        line_with(app, "Their open conversations become one too: yes")
        line_with(app, "#10475 → #10482")
        await pilot.press("enter")
        await settle(pilot)
        [(call, args, targets)] = workspace.performed
        assert (call, targets) == ("merge", ())
        assert args == {
            "contact": 104_820,
            "with": 104_750,
            "choices": {"name": "Phạm Thu Trang", "title": "em"},
            "join": True,
        }
        assert "u undo" in foot(app)


async def test_escape_from_the_comparison_changes_nothing() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, ":merge a10475\n")
        line_with(app, "What is not chosen here adds up")
        await pilot.press("escape")
        await settle(pilot)
        assert workspace.performed == []
        assert app.inbox.overlay.is_open is False


async def test_what_is_typed_ahead_reaches_the_search_and_is_not_taken_for_another_contact() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "Msiriporn\n")
        await settle(pilot)
        assert app.inbox.overlay.is_open
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][1]["with"] == 104_790


async def test_a_merge_is_taken_back_by_choosing_it() -> None:
    async with running() as (app, pilot, workspace):
        workspace.customers.merges = (
            {"operation": "op1", "contact": 12, "at": NOW - DAY, "by": "an", "why": ["order"]},
        )
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gM")
        line_with(app, "contact 12, merged by an")
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed == [("split_contact", {"contact": 104_820, "operation": "op1"}, ())]


async def test_with_nothing_to_take_apart_it_says_so() -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, ":split-contact\n")
        assert "Nothing was merged" in foot(app)


# -- what we call and know of them -----------------------------------------------------------------------------------


async def test_how_to_address_a_customer_is_chosen_or_typed() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gy")
        await type_text(pilot, "chi\n")
        await type_text(pilot, ":title ông\n")
        await type_text(pilot, ":set note=gọi sau 18h\n")
        assert [args["fields"] for _call, args, _targets in workspace.performed] == [
            {"title": "chị"},
            {"title": "ông"},
            {"note": "gọi sau 18h"},
        ]


async def test_a_field_is_chosen_and_written() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gi")
        await type_text(pilot, "size\n")
        await type_text(pilot, "⌫XL\n")
        assert workspace.performed[0][1]["fields"] == {"attributes.size": "XL"}


# -- the panel's lines -----------------------------------------------------------------------------------------------


async def test_a_found_phone_is_kept_copied_called_and_its_message_shown() -> None:
    async with running(workspace=Found()) as (app, pilot, workspace):
        await pilot.press("enter", "i", "j", "j", "j")
        await settle(pilot)
        line_with(app, "“gọi em 0912 000 679")
        line_with(app, "+ keeps  y y copies  C calls")
        await type_text(pilot, "+")
        assert workspace.performed[0][:2] == (
            "keep_found",
            {"message": entry(OPEN, NOW - 5 * HOUR, "").n, "kind": "phone", "value": "+84912000679"},
        )
        await type_text(pilot, "yyC")
        assert workspace.host.copied == ["+84912000679"]
        assert workspace.host.links == ["tel:+84912000679"]
        await pilot.press("enter")
        await settle(pilot)
        assert app.inbox.pane == "thread"
        assert app.inbox.thread.cursor is not None
        assert "nhận thiếu 1 áo" in app.inbox.thread.cursor.text


async def test_the_first_eight_lines_of_the_panel_stay_where_they_are() -> None:
    async with running(workspace=Found()) as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        before = [line[88:] for line in shown(app)[2:10]]
        workspace.customers.suggestions = [order_suggestion(NOW)]
        workspace.feed.put_nowait(FakeChanged(rows={"contact": {"104820"}}))
        await settle(pilot)
        assert [line[88:] for line in shown(app)[2:10]] == before


async def test_colleagues_who_are_here_are_named() -> None:
    workspace = FakeWorkspace()
    workspace.change(OPEN, looking=("Bình",))
    async with running(workspace=workspace) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        line_with(app, "Bình is looking here")


# -- the story -------------------------------------------------------------------------------------------------------


def telling() -> FakeWorkspace:
    workspace = FakeWorkspace()
    mail = {"channel": "email", "mark": "EM", "inbox": "Email"}
    workspace.customers.parts[10_102] = [
        entry(10_102, NOW - 40 * DAY, "Cho em đổi size L", **mail),
        entry(10_102, NOW - 40 * DAY + HOUR, "Cuộc gọi nhỡ", channel="voice", mark="☎", inbox="Phone", kind="call"),
        entry(10_102, NOW - 39 * DAY, "Khách quen, đổi miễn phí", direction="note", author_kind="agent", author="Bình"),
    ]
    return workspace


async def test_the_story_shows_all_channels_and_the_same_key_leaves_it() -> None:
    async with running(size=(120, 50), workspace=telling()) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "s")
        await type_text(pilot, "gg")
        line_with(app, "whole story")
        line_with(app, "Cho em đổi size L")
        line_with(app, "Cuộc gọi nhỡ")
        line_with(app, "Khách quen")
        line_with(app, "#10102  about 10102")
        line_with(app, "· ZA 46 h, EM open")
        await type_text(pilot, "s")
        assert "Cho em đổi size L" not in "\n".join(shown(app))


async def test_the_story_of_one_channel_by_date_and_by_words() -> None:
    async with running(size=(120, 50), workspace=telling()) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, ":channel voice\n")
        assert {e.channel for e in app.inbox.thread.entries} == {"voice"}
        await type_text(pilot, ":channel all\n")
        await type_text(pilot, ":date 12/10\n")
        cursor = app.inbox.thread.cursor
        assert cursor is not None
        assert cursor.text.startswith("Khách quen")
        await type_text(pilot, "/doi size\n")
        assert app.inbox.thread.cursor is not None
        assert app.inbox.thread.cursor.text == "Cho em đổi size L"
        await type_text(pilot, "n")
        assert "no further hit" in foot(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.inbox.story.on
        await pilot.press("escape")
        await settle(pilot)
        assert not app.inbox.story.on
        assert app.inbox.pane == "thread"


async def test_a_story_of_fifty_thousand_messages_is_read_in_windows() -> None:
    workspace = telling()
    workspace.customers.parts[10_102] = [
        entry(10_102, NOW - 60 * DAY + number * MINUTE, f"câu {number}", channel="email", mark="EM", inbox="Email")
        for number in range(50_000)
    ]
    async with running(workspace=workspace) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "s")
        assert len(app.inbox.thread.entries) <= 120
        await type_text(pilot, "/cau 17\n")
        assert app.inbox.thread.cursor is not None
        assert "câu 17" in app.inbox.thread.cursor.text
        assert len(app.inbox.thread.entries) <= 180


async def test_another_conversation_is_shown_by_itself() -> None:
    async with running(workspace=telling()) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "sJ")
        assert not app.inbox.story.on
        assert app.inbox.talk.conversation == 10_481


async def test_a_wrong_day_is_named_and_nothing_moves() -> None:
    async with running(workspace=telling()) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        before = app.inbox.thread.cursor
        await type_text(pilot, ":date bao giờ\n")
        assert "is no date" in foot(app)
        assert app.inbox.thread.cursor == before


# -- contacts --------------------------------------------------------------------------------------------------------


async def test_contacts_are_searched_as_one_types_changed_and_opened() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, "gc")
        line_with(app, "Contacts")
        line_with(app, "สมชาย ใจดี")
        await type_text(pilot, "/trang\n")
        assert "Contacts  / trang" in line_with(app, "Contacts")
        assert "สมชาย" not in "\n".join(shown(app))
        await type_text(pilot, ":title chị\n")
        assert workspace.performed == [("contact_set", {"contact": 104_750, "fields": {"title": "chị"}}, ())]
        await pilot.press("enter")
        await settle(pilot)
        assert app.inbox.talk.conversation == 10_475


async def test_a_customer_is_labelled_from_the_list_of_contacts_and_beside_the_conversation() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, "gc")
        await type_text(pilot, "/trang\n")
        await type_text(pilot, ":contact-label vip, khách sỉ\n")
        assert workspace.performed[-1] == ("contact_label", {"contact": 104_750, "put": ["vip", "khách sỉ"]}, ())
        await pilot.press("escape")
        await settle(pilot)
        await type_text(pilot, "$l")
        assert "Label the customer" in "\n".join(shown(app))
        await type_text(pilot, "khách quen mới\n")
        name, args, _targets = workspace.performed[-1]
        assert (name, args["put"], args["take"]) == ("contact_label", ["khách quen mới"], [])


async def test_a_label_the_customer_has_comes_off() -> None:
    async with running() as (app, pilot, workspace):
        workspace.customers.labels = ("vip",)
        await type_text(pilot, "$l")
        line_with(app, "comes off")
        await type_text(pilot, "vip\n")
        _name, args, _targets = workspace.performed[-1]
        assert (args["put"], args["take"]) == ([], ["vip"])


async def test_pairs_that_may_be_one_are_decided_from_the_list() -> None:
    async with running(workspace=suggesting()) as (app, pilot, workspace):
        await type_text(pilot, "gc")
        line_with(app, "1 pair may be one")
        assert "/ search contacts" in foot(app)
        await pilot.press("tab")
        await settle(pilot)
        line_with(app, "Probably the same")
        line_with(app, "order code DH20381")
        assert "= they are one  - they are two" in foot(app)
        await type_text(pilot, "-")
        assert workspace.performed[0][0] == "dismiss_suggestion"
        await pilot.press("enter")
        await settle(pilot)
        line_with(app, "bao giờ giao vậy")


@pytest.mark.parametrize(("keys", "text"), [("gc/zzzz\n", "Nobody is found by “zzzz”"), ("gc:pairs\n", "No two contacts look like one.")])  # fmt: skip
async def test_empty_pages_say_what_is_so(keys: str, text: str) -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, keys)
        await settle(pilot)
        line_with(app, text)


async def test_a_long_list_of_contacts_is_read_on_at_its_end() -> None:
    async with running(workspace=FakeWorkspace(400)) as (app, pilot, _workspace):
        await type_text(pilot, "gc")
        for _n in range(8):
            await pilot.press("G")
            await settle(pilot)
        line_with(app, "a10083")


# -- what arrived ----------------------------------------------------------------------------------------------------


async def test_a_message_in_a_conversation_of_ours_is_told_with_a_key_that_goes_there() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j", "enter")
        await settle(pilot)
        workspace.change(10_478, unread=1, last_at=workspace.now() + 1_000, snippet="Mã đơn DH20381")
        workspace.change(10_479, unread=1, last_at=workspace.now() + 1_000)
        workspace.ring(10_478, 10_479)
        await settle(pilot)
        assert "EM Alice Hartley: Mã đơn DH20381 · b goes there" in foot(app)
        await type_text(pilot, "b")
        assert app.inbox.talk.conversation == 10_478
