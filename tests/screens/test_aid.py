"""Help while writing: offers, stored answers and their holes, the check before sending, the assistant."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.pilot import Pilot

from tests.support.fake_answers import SHIP, SIZE, THANKS
from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.domain.errors import UniboxError
from unibox_tui.screens.ports import Draft
from unibox_tui.views.offers import Offered, Stored

PAST = Offered("Dạ đơn mình giao chiều nay ạ, mã ‹…›", 0.8, None, 10_321, "Bình")


def offering(*offers: Offered) -> FakeWorkspace:
    workspace = FakeWorkspace()
    workspace.answers.offers = list(offers) or [Offered(SHIP.text, 0.9, SHIP), PAST]
    return workspace


async def alt(pilot: Pilot[Any], character: str) -> None:
    pilot.app.post_message(events.Key(f"alt+{character}", character))
    await settle(pilot)


async def begin(pilot: Pilot[Any]) -> None:
    await pilot.press("r")
    await settle(pilot)


async def test_offers_stand_above_the_text_and_one_key_puts_one_in() -> None:
    async with running(workspace=offering()) as (app, pilot, workspace):
        await begin(pilot)
        line = line_with(app, "Alt-1 /ship")
        assert "Alt-2 “Dạ đơn mình" in line
        await alt(pilot, "1")
        assert app.inbox.pen.text == SHIP.text
        assert ("canned_used", {"key": "canned:2"}, ()) in workspace.performed
        assert app.inbox.pane == "compose"


async def test_nothing_stands_there_when_nothing_fits() -> None:
    async with running() as (app, pilot, _workspace):
        await begin(pilot)
        assert not any("Alt-1" in line for line in shown(app))
        await alt(pilot, "1")
        assert "Nothing is suggested there" in foot(app)
        assert app.inbox.pen.text == ""


async def test_a_past_answer_has_holes_where_somebody_elses_particulars_were() -> None:
    async with running(workspace=offering()) as (app, pilot, _workspace):
        await begin(pilot)
        await alt(pilot, "2")
        await pilot.press("tab")
        await type_text(pilot, "DH20381")
        assert app.inbox.pen.text == "Dạ đơn mình giao chiều nay ạ, mã DH20381"


async def test_the_sheet_from_the_thread_shows_them_in_full() -> None:
    async with running(workspace=offering()) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "ga")
        await settle(pilot)
        line_with(app, "90 %")
        await pilot.press("down", "enter")
        await settle(pilot)
        assert app.inbox.pen.text == PAST.text
        assert app.inbox.pane == "compose"


async def test_the_sheet_says_when_nothing_fits() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "ga")
        await settle(pilot)
        assert "Nothing fits." in foot(app)


async def test_stored_answers_by_group_and_found_by_any_word() -> None:
    async with running() as (app, pilot, workspace):
        await begin(pilot)
        await type_text(pilot, "/")
        lines = [line for line in shown(app) if "/camon" in line or "Giao hàng" in line or "/ship" in line]
        assert [("/camon" in line, "/ship" in line) for line in lines] == [(True, False), (False, False), (False, True)]
        assert workspace.answers.inboxes == ["zalo-shop-a"]
        await type_text(pilot, "toàn\n")
        assert app.inbox.pen.text == SHIP.text


async def test_what_is_typed_in_vain_goes_back_into_the_text() -> None:
    async with running() as (app, pilot, _workspace):
        await begin(pilot)
        await type_text(pilot, "20/11 ")
        assert app.inbox.pen.text == "20/11 "
        await type_text(pilot, "/xyz ")
        assert app.inbox.pen.text == "20/11 /xyz "


async def test_tab_goes_from_hole_to_hole_and_what_is_typed_takes_its_place() -> None:
    async with running() as (app, pilot, _workspace):
        await begin(pilot)
        app.inbox.pen.aid.insert(SIZE)
        await settle(pilot)
        await type_text(pilot, "M")
        await pilot.press("tab")
        await type_text(pilot, "đen")
        assert app.inbox.pen.text == "Dạ size M còn màu đen ạ."


async def test_backspace_in_a_hole_takes_it_out_and_moving_away_leaves_it() -> None:
    async with running() as (app, pilot, _workspace):
        await begin(pilot)
        app.inbox.pen.aid.insert(SIZE)
        await settle(pilot)
        await pilot.press("backspace")
        assert app.inbox.pen.text == "Dạ size  còn màu ‹màu› ạ."
        await pilot.press("tab", "left")
        await type_text(pilot, "x")
        assert app.inbox.pen.text == "Dạ size  còn màux ‹màu› ạ."


async def test_places_for_the_caret_move_with_the_text() -> None:
    async with running() as (app, pilot, _workspace):
        await begin(pilot)
        app.inbox.pen.aid.insert(Stored("canned:9", "x", "", "", "Dạ  ơi,  ạ", stops=(3, 8)))
        await settle(pilot)
        await type_text(pilot, "chị Hà")
        await pilot.press("tab")
        await type_text(pilot, "xong")
        assert app.inbox.pen.text == "Dạ chị Hà ơi, xong ạ"


async def test_how_to_address_is_asked_once_and_remembered() -> None:
    async with running() as (app, pilot, workspace):
        await begin(pilot)
        app.inbox.pen.aid.insert(Stored("canned:1", "camon", "", "", "Dạ {customer}", missing=("customer",)))
        await settle(pilot)
        line_with(app, "How are they addressed?")
        await type_text(pilot, "chị\n")
        await settle(pilot)
        assert ("contact_set", {"fields": {"title": "chị"}}, (10_482,)) in workspace.performed
        assert app.inbox.pen.text == THANKS.text  # read again, filled


async def test_bubbles_buttons_files_and_the_variant_are_shown_and_sent() -> None:
    async with running() as (app, pilot, workspace):
        await begin(pilot)
        file = {"name": "size.png", "media_type": "image/png", "size": 3, "sha256": "0" * 64}
        one = Stored("canned:9", "x", "", "", "một\n---\nhai", "chat", bubbles=2, buttons=("M", "L"), files=(file,))
        app.inbox.pen.aid.insert(one)
        await settle(pilot)
        line = line_with(app, "[chat]")
        assert "2 messages" in line
        assert "1. M 2. L" in line
        await pilot.press("enter")
        await settle(pilot)
        call, args, _targets = workspace.performed[-1]
        assert call == "reply"
        assert (args["apart"], args["buttons"], args["files"]) == (True, ["M", "L"], [file])


async def test_what_was_put_in_is_kept_with_the_draft() -> None:
    async with running() as (app, pilot, workspace):
        await begin(pilot)
        app.inbox.pen.aid.insert(Stored("canned:9", "x", "", "", "một\n---\nhai", "chat", bubbles=2, buttons=("M",)))
        await pilot.press("escape")
        await settle(pilot)
        options = workspace.drafts[10_482, "reply"].options
        assert (options["apart"], options["buttons"], options["variant"]) == (True, ["M"], "chat")
        await pilot.press("j", "k")
        await settle(pilot)
        await begin(pilot)
        assert app.inbox.pen.writing.apart


# -- the check before sending


async def test_a_doubt_is_shown_once_and_the_second_enter_sends() -> None:
    workspace = FakeWorkspace()
    workspace.answers.doubted = ["Lan? This is Hà.", "no file"]
    async with running(workspace=workspace) as (app, pilot, _):
        await begin(pilot)
        await type_text(pilot, "Dạ chị Lan ơi\n")
        await settle(pilot)
        assert "! Lan? This is Hà. (+1)" in line_with(app, "Lan?")
        assert not [call for call, *_rest in workspace.performed if call == "reply"]
        await pilot.press("enter")
        await settle(pilot)
        assert [call for call, *_rest in workspace.performed] == ["reply"]


async def test_another_text_is_looked_at_anew() -> None:
    workspace = FakeWorkspace()
    workspace.answers.doubted = ["no file"]
    async with running(workspace=workspace) as (app, pilot, _):
        await begin(pilot)
        await type_text(pilot, "gửi kèm\n")
        await settle(pilot)
        workspace.answers.doubted = ["two"]
        await type_text(pilot, "!")
        assert not any("no file" in line for line in shown(app))
        await pilot.press("enter")
        await settle(pilot)
        line_with(app, "! two")
        assert not workspace.performed


async def test_a_note_is_looked_at_too() -> None:
    workspace = FakeWorkspace()
    workspace.answers.doubted = ["reads like an answer"]
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("n")
        await settle(pilot)
        await type_text(pilot, "Dạ chào chị\n")
        await settle(pilot)
        line_with(app, "reads like an answer")
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][0] == "note"


# -- the assistant


def assisted(said: str | UniboxError) -> FakeWorkspace:
    workspace = FakeWorkspace()
    workspace.answers.assists = True
    workspace.answers.said = said
    return workspace


async def test_a_draft_is_marked_and_takes_two_enters() -> None:
    async with running(workspace=assisted("Dạ em kiểm tra ngay ạ")) as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gw")
        await settle(pilot)
        assert workspace.answers.asked == [("draft", 10_482, "", "")]
        line_with(app, "ASSISTANT — read it before it goes")
        assert app.inbox.pen.text == "Dạ em kiểm tra ngay ạ"
        await pilot.press("enter")
        await settle(pilot)
        assert not workspace.performed
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][0] == "reply"


async def test_shorten_and_translate_take_the_place_of_the_text() -> None:
    async with running(workspace=assisted("short")) as (app, pilot, workspace):
        await begin(pilot)
        await type_text(pilot, "a long text")
        await alt(pilot, "h")
        assert app.inbox.pen.text == "short"
        await alt(pilot, "t")
        await type_text(pilot, "th\n")
        await settle(pilot)
        assert workspace.answers.asked[-1] == ("translate", 10_482, "short", "th")


async def test_a_summary_is_to_read_and_enter_makes_a_note_of_it() -> None:
    async with running(workspace=assisted("missing shirt\nresend it")) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, ":summary\n")
        await settle(pilot)
        line_with(app, "By the assistant")
        await pilot.press("enter")
        await settle(pilot)
        assert (app.inbox.pen.writing.mode, app.inbox.pen.text) == ("note", "missing shirt\nresend it")


async def test_without_an_assistant_it_says_so_and_its_failure_is_said() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gw")
        assert "No assistant is set up." in foot(app)
    async with running(workspace=assisted(UniboxError("The assistant did not help: x"))) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "gw")
        await settle(pilot)
        assert "did not help" in foot(app)
        assert app.inbox.pen.text == ""


# -- changing stored answers


async def test_a_stored_answer_is_changed_in_the_editor() -> None:
    async with running() as (app, pilot, workspace):
        workspace.host.edited = '[[canned]]\nshortcut = "ship"\ntext = "new"\n'
        await type_text(pilot, ":canned ship\n")
        await settle(pilot)
        assert workspace.answers.kept == [("canned:2", workspace.host.edited)]
        assert "/ship stored" in foot(app)


async def test_a_new_one_begins_with_what_stands_in_the_composer() -> None:
    workspace = FakeWorkspace()
    workspace.drafts[10_482, "reply"] = Draft("reply", "Dạ vâng", 3)
    async with running(workspace=workspace) as (_app, pilot, _):
        workspace.host.edited = "x"
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, ":canned\n")
        await settle(pilot)
        await type_text(pilot, "\n")
        await settle(pilot)
        assert workspace.answers.kept == [("", "x")]
