"""Whole views at once, repeating, macros, play mode, going on, sending later, programs: as keys are pressed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.fake_workspace import NOW, FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.screens.hands_port import Custom, Printed, Question, Recorded
from unibox_tui.views.hands import Deed, Return

HOUR = 3_600_000


async def press(pilot: Any, *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


# Many


async def test_marking_by_query_reaches_rows_that_were_not_read_yet() -> None:
    async with running(workspace=FakeWorkspace(200)) as (app, pilot, _workspace):
        await press(pilot, "T")
        await type_text(pilot, "Thu Trang\n")
        await settle(pilot, 0.1)
        assert len(app.inbox.list.rows) < 200
        assert len(app.inbox.list.marked) == 20
        assert "20 marked" in foot(app)


async def test_the_whole_view_is_asked_about_once_and_done_with_its_number() -> None:
    async with running(workspace=FakeWorkspace(200)) as (app, pilot, workspace):
        await press(pilot, ";")
        assert "200 conversations: what is done next is for all" in foot(app)
        await press(pilot, "l")
        await type_text(pilot, "vip\n")
        line_with(app, "Label 200 conversations?")
        assert workspace.performed == []
        await press(pilot, "enter")
        await settle(pilot, 0.1)
        call, args, targets = workspace.performed[-1]
        assert (call, args["labels"], len(targets)) == ("label", ["vip"], 200)


async def test_no_leaves_everything_as_it_was_and_few_are_not_asked_about() -> None:
    async with running(workspace=FakeWorkspace(200)) as (app, pilot, workspace):
        await press(pilot, ";", "e")
        await press(pilot, "down", "enter")
        assert workspace.performed == []
        await press(pilot, "3", "e")
        await settle(pilot, 0.1)
        assert workspace.performed == [("resolve", {}, (10_482, 10_481, 10_480))]
        assert not app.inbox.sheet.is_open


async def test_a_long_one_shows_how_far_it_is_and_escape_stops_it() -> None:
    async with running(workspace=FakeWorkspace(200)) as (app, pilot, workspace):
        workspace.hands.pace = 0.15
        await press(pilot, ";", "e", "enter")
        await settle(pilot, 0.6)
        assert "of 200" in foot(app)
        assert "Esc stops" in foot(app)
        await press(pilot, "escape")
        await settle(pilot, 0.4)
        assert 0 < len(workspace.performed) < 10
        assert len(workspace.performed[-1][2]) < 200
        before = len(workspace.performed)
        await settle(pilot, 0.4)
        assert len(workspace.performed) == before


async def test_an_action_for_one_is_refused_for_all() -> None:
    async with running(workspace=FakeWorkspace(60)) as (app, pilot, workspace):
        await press(pilot, ";", "g", "s")
        assert workspace.performed == []
        assert "works on one conversation at a time" in foot(app)
        await press(pilot, ";", "j", "e")  # a move in between: it was not meant
        assert [targets for _call, _args, targets in workspace.performed] == [(10_481,)]
        assert app.inbox.commands.hands.many.chosen is None


# Repeating


async def test_repeat_takes_a_count() -> None:
    async with running() as (_app, pilot, workspace):
        await press(pilot, "e")
        await press(pilot, "2", ".")
        await settle(pilot, 0.1)
        assert [targets for _call, _args, targets in workspace.performed] == [(10_482,), (10_481, 10_480)]


# Macros


async def test_a_macro_is_recorded_as_readable_steps_and_played_with_a_count() -> None:
    async with running() as (app, pilot, workspace):
        await press(pilot, "q", "a")
        assert "recording a; q ends it" in foot(app)
        await press(pilot, "l")
        await type_text(pilot, "giao thiếu\n")
        await press(pilot, "j")
        await press(pilot, "q")
        assert workspace.hands.recorded["a"].steps == ("label giao thiếu", "down")
        assert "label giao thiếu → down" in foot(app)
        workspace.performed.clear()
        await press(pilot, "2", "@", "a")
        await settle(pilot, 0.2)
        assert [(call, args["labels"], targets) for call, args, targets in workspace.performed] == [
            ("label", ["giao thiếu"], (10_481,)),
            ("label", ["giao thiếu"], (10_480,)),
        ]
        await press(pilot, "@", "@")
        await settle(pilot, 0.2)
        assert workspace.performed[-1][2] == (10_479,)


async def test_times_are_kept_in_the_words_they_were_said_in() -> None:
    async with running() as (_app, pilot, workspace):
        await press(pilot, "q", "z", "z")
        await type_text(pilot, "2h even if they reply\n")
        await press(pilot, "z", "enter", "q")
        steps = workspace.hands.recorded["z"].steps
        assert steps == ("snooze 2h even if they reply", "snooze 1h")
        call, args, _targets = workspace.performed[0]
        assert (call, args["wake_on_reply"]) == ("snooze", False)
        workspace.clock += 24 * HOUR
        await press(pilot, "@", "z")
        await settle(pilot, 0.2)
        assert [args["until"] for _call, args, _targets in workspace.performed[-2:]] == [
            NOW + 26 * HOUR,
            NOW + 25 * HOUR,
        ]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (("label vip", "snooze soon", "resolve"), "step 2 of 3, “snooze soon”: “soon” is no time."),
        (("frobnicate",), "step 1 of 1, “frobnicate”: There is no command “frobnicate”."),
        (("label",), "it asks for more than it was given"),
        (("filter colour:red", "resolve"), "step 1 of 2"),
    ],
)
async def test_a_macro_stops_at_the_first_error_and_names_the_step(steps: tuple[str, ...], said: str) -> None:
    async with running((160, 30)) as (app, pilot, workspace):
        workspace.hands.recorded["b"] = Recorded("b", steps)
        await press(pilot, "@", "b")
        await settle(pilot, 0.2)
        assert said in foot(app)
        assert "resolve" not in [call for call, _args, _targets in workspace.performed]
        assert not app.inbox.sheet.is_open


async def test_a_macro_that_plays_itself_ends() -> None:
    async with running((160, 30)) as (app, pilot, workspace):
        workspace.hands.recorded["c"] = Recorded("c", ("@c",))
        await press(pilot, "@", "c")
        await settle(pilot, 0.3)
        assert "without an end" in foot(app)
        await press(pilot, "j", "e")
        assert workspace.performed


async def test_a_macro_has_a_page_a_command_and_a_key_of_its_own() -> None:
    workspace = FakeWorkspace()
    workspace.hands.recorded["d"] = Recorded("d", ("label vip", "resolve"), "xong", "g 1")
    async with running(workspace=workspace) as (app, pilot, _workspace):
        await press(pilot, "g", "1")
        await settle(pilot, 0.2)
        assert [call for call, _args, _targets in workspace.performed] == ["label", "resolve"]
        await type_text(pilot, ":macro\n")
        line_with(app, "@d   xong")
        line_with(app, "2  resolve")
        await press(pilot, "q")
        assert app.inbox.pane == "list"


# Going on


@pytest.mark.parametrize(("advance", "opens"), [("next", 10_481), ("next-unread", 10_481), ("stay", 10_482)])
async def test_after_putting_away_one_goes_where_one_wants(advance: str, opens: int) -> None:
    async with running() as (app, pilot, workspace):
        workspace.hands.set(advance=advance)
        await press(pilot, "enter")
        await press(pilot, "e")
        await settle(pilot, 0.1)
        assert app.inbox.talk.conversation == opens
        assert app.inbox.pane == "thread"


async def test_next_unread_passes_over_what_was_read_and_the_last_one_ends_in_the_list() -> None:
    async with running() as (app, pilot, workspace):
        workspace.hands.set(advance="next-unread")
        await press(pilot, "j", "enter", "e")  # 10481; then 10480 and 10479 are read
        await settle(pilot, 0.1)
        assert app.inbox.talk.conversation == 10_478
        await press(pilot, "escape", "G", "enter", "e")
        await settle(pilot, 0.1)
        assert app.inbox.pane == "list"


async def test_send_and_resolve_send_and_next() -> None:
    async with running() as (app, pilot, workspace):
        await press(pilot, "r")
        await type_text(pilot, "Dạ em gửi bù ạ")
        await press(pilot, "ctrl+r")
        assert workspace.performed[-1][1]["then"] == "resolve"
        await press(pilot, "r")
        await type_text(pilot, "Dạ vâng")
        await press(pilot, "ctrl+g")
        await settle(pilot, 0.1)
        assert "then" not in workspace.performed[-1][1]
        assert app.inbox.talk.conversation == 10_481


async def test_send_later_asks_when_and_a_note_is_not_sent() -> None:
    async with running() as (app, pilot, workspace):
        await press(pilot, "r")
        await type_text(pilot, "Dạ mai em báo lại ạ")
        await press(pilot, "ctrl+y")
        await type_text(pilot, "2h\n")
        await settle(pilot, 0.1)
        assert workspace.performed[-1][1]["send_at"] == NOW + 2 * HOUR
        await press(pilot, "n")
        await type_text(pilot, "xem lại")
        await press(pilot, "ctrl+r")
        assert "This works with an answer." in foot(app)


async def test_play_opens_what_nobody_looks_at_and_skipping_asks_why() -> None:
    async with running() as (app, pilot, workspace):
        workspace.hands.elsewhere = {10_482}
        await press(pilot, "g", "p")
        await settle(pilot, 0.1)
        assert app.inbox.talk.conversation == 10_481
        await press(pilot, "g", "p")
        line_with(app, "Why is it skipped?")
        await type_text(pilot, "chờ kho\n")
        await settle(pilot, 0.1)
        assert ("skip", {"why": "chờ kho"}, (10_481,)) in workspace.performed
        assert app.inbox.talk.conversation == 10_480
        await press(pilot, "e")  # dealt with: on to the next by itself
        await settle(pilot, 0.1)
        assert app.inbox.talk.conversation == 10_479
        await press(pilot, "l")
        await type_text(pilot, "vip\n")
        await press(pilot, "g", "p")  # something was done: no question
        await settle(pilot, 0.1)
        assert app.inbox.talk.conversation == 10_478


# Pages


async def test_the_list_of_what_was_done_takes_one_back() -> None:
    async with running() as (app, pilot, workspace):
        workspace.hands.deeds_ = [
            Deed("a2", NOW, "label", "9,988 conversations labelled “vip” (of 10000)", None, 10_000, 10_000, 9_988, 0, 0, False),
            Deed("a1", NOW - 60_000, "resolve", "#10482 resolved", NOW, None, 0, 0, 1, 0, False),
        ]  # fmt: skip
        await press(pilot, "g", "U")
        line_with(app, "9,988 of 10,000")
        line_with(app, "taken back")
        await press(pilot, "enter")
        assert workspace.performed[-1] == ("undo", {"action": "a2"}, ())
        await press(pilot, "j", "enter")
        assert workspace.performed[-1] == ("redo", {"action": "a1"}, ())


async def test_what_returns_when() -> None:
    async with running() as (app, pilot, workspace):
        workspace.hands.returns_ = [
            Return(10_481, NOW + HOUR, True, "สมชาย ใจดี", "LI", "line", "พัสดุ", "", None),
            Return(10_480, NOW + 30 * HOUR, False, "Trần Minh", "FB", "messenger", "", "ok shop", "an"),
        ]
        await type_text(pilot, ":snoozed\n")
        assert "or when they write" in line_with(app, "#10481")
        assert "then only" in line_with(app, "#10480")
        await press(pilot, "enter")
        assert app.inbox.talk.conversation == 10_481


async def test_a_peek_does_not_mark_read() -> None:
    async with running() as (app, pilot, workspace):
        await press(pilot, "p")
        await settle(pilot, 0.1)
        assert app.inbox.pane == "thread"
        kinds = [what for what, _id in workspace.attention]
        assert "peeked" in kinds
        assert "opened" not in kinds
        assert "read" not in kinds


# Programs


async def test_the_conversation_is_piped_and_what_comes_back_is_shown() -> None:
    async with running() as (app, pilot, workspace):
        workspace.hands.prints = Printed("ba dòng\nสองบรรทัด [b]x[/b]\n", 0, "wc")
        await type_text(pilot, "|wc -l\n")
        assert workspace.hands.asked_to_run == [("wc -l", 10_482, False)]
        line_with(app, "สองบรรทัด [b]x[/b]")
        await press(pilot, "q")
        await type_text(pilot, "!date\n")
        assert workspace.hands.asked_to_run[-1] == ("date", None, False)
        await press(pilot, "q")
        await type_text(pilot, ":pipe-json jq .id\n")
        assert workspace.hands.asked_to_run[-1] == ("jq .id", 10_482, True)


async def test_a_command_of_ones_own_asks_and_puts_its_words_into_the_composer() -> None:
    workspace = FakeWorkspace()
    questions = (Question("by", "menu", "Hãng nào?", ("GHN", "Kerry")), Question("code", "input", "Mã vận đơn?"))
    workspace.hands.commands["parcel"] = Custom("parcel", "Tra vận đơn", "g 9", "composer", questions)
    workspace.hands.prints = Printed("Đơn đang giao\n", 0, "parcel-state")
    async with running(workspace=workspace) as (app, pilot, _workspace):
        await press(pilot, "enter", "g", "9")
        line_with(app, "Hãng nào?")
        await press(pilot, "down", "enter")
        await type_text(pilot, "GH123\n")
        assert workspace.hands.asked_to_run == [("parcel", 10_482, {"by": "Kerry", "code": "GH123"})]
        assert app.inbox.composer.box.text == "Đơn đang giao"
        assert app.inbox.pane == "compose"


async def test_a_command_that_fails_says_so_and_no_means_no() -> None:
    workspace = FakeWorkspace()
    workspace.hands.commands["drop"] = Custom("drop", "", "", "nowhere", (Question("sure", "confirm", "Thật không?"),))
    workspace.hands.prints = Printed("no such parcel", 3, "drop-it")
    async with running(workspace=workspace) as (app, pilot, _workspace):
        await type_text(pilot, ":drop\n")
        await press(pilot, "down", "enter")
        assert workspace.hands.asked_to_run == []
        await type_text(pilot, ":drop\n")
        await press(pilot, "enter")
        assert "drop-it ended with status 3." in foot(app)
        assert shown(app)
