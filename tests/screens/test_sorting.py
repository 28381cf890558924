"""Moving through the list, acting on it, searching, and what colleagues change meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fake_workspace import FakeWorkspace, row
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text


async def test_enter_opens_the_row_under_the_cursor_and_tells_colleagues() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j", "enter")
        await settle(pilot)
        assert app.inbox.pane == "thread"
        line_with(app, "#10481  พัสดุยังไม่ถึง")
        assert ("opened", 10_481) in workspace.attention
        await pilot.press("escape", "k", "enter")
        await settle(pilot)
        assert ("left", 10_481) in workspace.attention


async def test_the_thread_follows_a_resting_cursor_without_counting_as_opened() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j")
        await settle(pilot)
        line_with(app, "#10482  Đơn giao thiếu áo")
        await settle(pilot, 0.4)
        line_with(app, "#10481  พัสดุยังไม่ถึง")
        assert not [what for what, _id in workspace.attention if what == "opened"]


async def test_a_resolved_row_leaves_and_the_next_one_stands_on_its_line() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j")
        await settle(pilot)
        before = next(n for n, line in enumerate(shown(app)) if line.startswith("▌"))
        await pilot.press("e")
        await settle(pilot)
        assert workspace.performed == [("resolve", {}, (10_481,))]
        after = next(n for n, line in enumerate(shown(app)) if line.startswith("▌"))
        assert before == after
        assert app.inbox.list.cursor is not None
        assert app.inbox.list.cursor.id == 10_480
        assert "resolved #10481 · u undo" in foot(app)


async def test_an_action_applies_to_what_was_painted_when_the_key_was_pressed() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("j")
        workspace.rows_.insert(0, row(10_500, 4))
        workspace.ring(10_500)
        await pilot.press("e")
        await settle(pilot)
        assert workspace.performed[0][2] == (10_481,)


async def test_arrivals_are_counted_at_the_edge_while_the_hand_is_on_the_list() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j")
        await settle(pilot)
        before = shown(app)[2:9]
        for id in (10_500, 10_501, 10_502):
            workspace.rows_.insert(0, row(id, 3))
        workspace.ring(10_500, 10_501, 10_502)
        await settle(pilot)
        line_with(app, "↑ 3 new")
        assert [line[:37] for line in shown(app)[2:9]] == [line[:37] for line in before]
        await pilot.press("g", "g")
        await settle(pilot)
        assert app.inbox.list.cursor is not None
        assert app.inbox.list.cursor.id == 10_502
        assert "↑" not in "".join(shown(app))


async def test_a_list_nobody_touches_shows_arrivals_at_once() -> None:
    async with running() as (app, pilot, workspace):
        workspace.rows_.insert(0, row(10_500, 4, name="Mới Đến"))
        workspace.ring(10_500)
        await settle(pilot)
        line_with(app, "Mới Đến")


async def test_a_row_a_colleague_resolves_stays_dim_where_it_is() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j")
        await settle(pilot)
        workspace.change(10_480, status="resolved")
        workspace.ring(10_480)
        await settle(pilot)
        assert app.inbox.list.gone == {10_480}
        line_with(app, "Trần Minh")
        line_with(app, "resolved")


async def test_marks_carry_an_action_over_many_rows() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("v", "v", "j", "v")
        await pilot.press("e")
        await settle(pilot)
        assert workspace.performed[0][2] == (10_482, 10_481, 10_479)
        assert not app.inbox.list.marked


async def test_a_stretch_is_marked_by_moving() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("V", "j", "j", "k")
        await settle(pilot)
        assert list(app.inbox.list.marked) == [10_482, 10_481]


async def test_counts_move_and_lone_digits_choose_a_view() -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, "3j")
        assert app.inbox.list.cursor is not None
        assert app.inbox.list.cursor.id == 10_479
        await pilot.press("2")
        await settle(pilot, 0.4)
        assert app.inbox.lists.asked.view == "mine"
        assert {r.assignee for r in app.inbox.list.rows} == {"an"}


async def test_labels_are_chosen_by_typing_without_accents_and_several_with_tab() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("l")
        await settle(pilot)
        await type_text(pilot, "chot")
        await pilot.press("tab")
        await type_text(pilot, "vip")
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert workspace.performed[0][:2] == ("label", {"labels": ["chốt", "vip"]})


async def test_a_label_that_is_not_there_is_a_new_one_and_never_one_that_looks_like_it() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("l")
        await settle(pilot)
        await type_text(pilot, "chat")
        line_with(app, "chat  new")
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][:2] == ("label", {"labels": ["chat"]})


async def test_send_again_means_the_failed_answer_wherever_the_cursor_stands() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        failed = next(n for n, entry in enumerate(workspace.entries[10_482]) if entry.mine)
        workspace.entries[10_482][failed] = replace(workspace.entries[10_482][failed], state="failed")
        workspace.ring(10_482)
        await settle(pilot)
        assert app.inbox.thread.cursor is not None
        assert not app.inbox.thread.cursor.mine
        await pilot.press("R")
        await settle(pilot)
        call, args, _targets = workspace.performed[0]
        assert (call, args["message"]) == ("retry", workspace.entries[10_482][failed].n)


async def test_a_sheet_shows_its_own_hint_and_not_the_one_before() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("l")
        await settle(pilot)
        line_with(app, "Tab marks several")
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("P")
        await settle(pilot)
        assert "Tab marks several" not in "\n".join(shown(app))


async def test_news_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unibox_tui.screens.inbox.NEWS_S", 1.0)
    async with running() as (app, pilot, _workspace):
        await pilot.press("y", "n")
        await settle(pilot)
        assert "copied #10482" in foot(app)
        await settle(pilot, 1.2)
        assert "copied" not in foot(app)


async def test_snoozing_takes_a_typed_time() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("z")
        await settle(pilot)
        await type_text(pilot, "2h\n")
        call, args, _targets = workspace.performed[0]
        assert call == "snooze"
        assert args["until"] == workspace.clock + 2 * 3_600_000


async def test_a_command_line_takes_arguments_and_completes() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, ":label chốt, vip\n")
        assert workspace.performed[0][:2] == ("label", {"labels": ["chốt", "vip"]})
        await type_text(pilot, ":10480\n")
        assert app.inbox.talk.conversation == 10_480
        await type_text(pilot, ":nonsense\n")
        assert "There is no command “nonsense”." in foot(app)


async def test_search_narrows_as_one_types_and_escape_returns_to_the_same_row() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("j", "j")
        await type_text(pilot, "/thieu")
        await settle(pilot, 0.25)
        assert [r.id for r in app.inbox.list.rows] == [10_482]
        await pilot.press("enter")
        await settle(pilot)
        line_with(app, " / thieu")
        assert "n next hit" in foot(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.inbox.list.cursor is not None
        assert app.inbox.list.cursor.id == 10_480
        assert len(app.inbox.list.rows) == 10


async def test_hits_are_stepped_through_in_the_thread_and_over_conversations() -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, "/thieu\n")
        await settle(pilot, 0.1)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("g", "g", "n")
        await settle(pilot)
        cursor = app.inbox.thread.cursor
        assert cursor is not None
        assert "nhận thiếu" in cursor.text
        await pilot.press("n")
        await settle(pilot)
        assert app.inbox.thread.cursor is not None
        assert "báo thiếu" in app.inbox.thread.cursor.text


async def test_a_wrong_filter_is_named_and_changes_nothing() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("\\")
        await settle(pilot)
        await type_text(pilot, "colour:red")
        line_with(app, "column 5: there is no field “colour:”")
        await pilot.press("enter")
        await settle(pilot)
        assert "no field" in foot(app)
        assert len(app.inbox.list.rows) == 10


async def test_an_empty_view_says_where_work_is() -> None:
    workspace = FakeWorkspace()
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("5")
        await settle(pilot, 0.4)
        line_with(app, "No conversations wait here.")
        line_with(app, "1 shows 10 in Waiting.")


async def test_a_long_list_is_read_page_by_page_and_the_window_stays_small() -> None:
    async with running(workspace=FakeWorkspace(5_000)) as (app, pilot, workspace):
        assert workspace.asked_pages == 1
        for _n in range(60):
            await pilot.press("pagedown")
            await pilot.pause()
        await settle(pilot)
        assert len(app.inbox.list.rows) <= 300
        assert app.inbox.list.cursor is not None
        deep = app.inbox.list.cursor.id
        assert deep < 10_482 - 350
        for _n in range(20):
            await pilot.press("pageup")
            await pilot.pause()
        await settle(pilot)
        assert app.inbox.list.cursor.id > deep


async def test_next_for_me_skips_what_belongs_to_others() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("j", "space")
        await settle(pilot)
        assert app.inbox.talk.conversation == 10_479
        await pilot.press("space")
        await settle(pilot)
        assert app.inbox.talk.conversation == 10_478


@pytest.mark.parametrize(("keys", "text"), [("H", "History of #10482"), ("gh", "Health of the inboxes"), ("go", "Outbox: answers that wait"), ("gu", "Everything that came in could be read.")])  # fmt: skip
async def test_pages_open_and_escape_returns(keys: str, text: str) -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, keys)
        line_with(app, text)
        await pilot.press("escape")
        await settle(pilot)
        line_with(app, "Nguyễn Thị Hà")


async def test_help_is_searchable_and_runs_what_it_names() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("question_mark")
        await settle(pilot)
        line_with(app, "Answer the customer through the inbox shown above the text")
        await type_text(pilot, "request is done\n")
        assert workspace.performed[0][0] == "resolve"


async def test_what_may_follow_a_first_key_is_shown() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("y")
        await settle(pilot)
        assert "n copy number" in foot(app)
        await pilot.press("n")
        await settle(pilot)
        assert "copied #10482" in foot(app)


async def test_links_and_files_of_a_message() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gl")
        assert workspace.host.links == ["https://shop-a.example/don/DH20381"]
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.host.opened == ["f1"]
        await pilot.press("w")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.host.saved == [("f1", "hop-hang.jpg")]


async def test_quotes_unfold() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        line_with(app, "▸ 3 quoted lines")
        await pilot.press("x")
        await settle(pilot)
        line_with(app, "▾ 3 quoted lines")
        line_with(app, "em kiểm tra ngay ạ.")


async def test_a_sheet_never_covers_the_row_it_speaks_about() -> None:
    async with running(workspace=FakeWorkspace(40)) as (app, pilot, _workspace):
        await pilot.press("j", "j", "j", "j", "j", "j", "j")
        await settle(pilot)
        name = app.inbox.list.cursor.name  # type: ignore[union-attr]
        before = shown(app)
        await pilot.press("l")
        await settle(pilot)
        rows = shown(app)
        cursor = next(n for n, line in enumerate(rows) if line.startswith("▌"))
        prompt = next(n for n, line in enumerate(rows) if line.startswith(" Label:"))
        assert cursor < prompt
        assert name in rows[cursor]
        await pilot.press("escape")
        await settle(pilot)
        assert [line[:36] for line in shown(app)[1:-1]] == [line[:36] for line in before[1:-1]]


async def test_own_keys_take_the_place_of_ours() -> None:
    async with running(own_keys={"resolve": "ctrl-y"}) as (app, pilot, workspace):
        await pilot.press("ctrl+y")
        await settle(pilot)
        assert workspace.performed[0][0] == "resolve"
        assert "Ctrl-Y resolve" in foot(app)


async def test_the_bell_rings_once_for_what_a_customer_writes_to_us_and_only_where_it_is_set() -> None:
    for wanted in (True, False):
        async with running(bell=wanted) as (_app, pilot, workspace):
            later = workspace.now() + 1_000
            workspace.change(10_482, unread=2, last_at=later)  # An's own
            workspace.change(10_481, unread=3, last_at=later)  # nobody's
            workspace.ring(10_482, 10_481)
            workspace.ring(10_482)
            await settle(pilot)
            assert workspace.host.rung == (["Nguyễn Thị Hà"] if wanted else [])


async def test_what_an_undo_brings_back_stands_under_the_cursor_and_is_no_new_arrival() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j", "e")
        await settle(pilot)
        assert 10_481 not in [row.id for row in app.inbox.list.rows]
        workspace.change(10_481, status="open")
        workspace.undone = (10_481,)
        await pilot.press("u")
        await settle(pilot)
        assert app.inbox.list.cursor is not None
        assert app.inbox.list.cursor.id == 10_481
        assert not app.inbox.list.arrivals
