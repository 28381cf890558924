"""Opening, writing, sending: what reaches the desk and what stays on the screen."""

from __future__ import annotations

import pytest

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.domain.errors import Conflict
from unibox_tui.screens.composer_controller import READ_S
from unibox_tui.screens.ports import Draft
from unibox_tui.text.width import width


async def test_a_reply_goes_to_the_conversation_under_the_cursor_through_the_way_shown() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("r")
        await settle(pilot)
        assert "Reply via Zalo Shop A · free · 46 h left" in line_with(app, "Reply via")
        await type_text(pilot, "Dạ em gửi bù ạ")
        await pilot.press("enter")
        await settle(pilot)
        call, args, targets = workspace.performed[0]
        assert (call, targets) == ("reply", (10_482,))
        assert args["text"] == "Dạ em gửi bù ạ"
        assert (args["inbox"], args["identity"]) == ("zalo-shop-a", 1)
        assert args["seen_n"] == workspace.entries[10_482][7].n
        assert not app.inbox.pen.text
        line_with(app, "Dạ em gửi bù ạ")


async def test_keys_typed_before_the_conversation_is_open_land_in_its_composer() -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, "jjrok")
        assert app.inbox.pen.text == "ok"
        assert app.inbox.pen.conversation == 10_480


async def test_a_telex_burst_gives_what_was_typed() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("n")
        await settle(pilot)
        await type_text(pilot, "huynh⌫⌫⌫ỳnh")
        assert app.inbox.pen.text == "huỳnh"


async def test_decomposed_input_is_composed() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("n")
        await settle(pilot)
        await type_text(pilot, "e\u0302\u0323")
        assert app.inbox.pen.text == "ệ"


async def test_a_note_looks_unlike_a_reply_and_is_one() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("n")
        await settle(pilot)
        assert "NOTE — only colleagues see this" in line_with(app, "NOTE")
        await type_text(pilot, "kho báo hết")
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][0] == "note"


async def test_an_unsent_note_never_turns_into_an_answer_by_the_reply_key() -> None:
    workspace = FakeWorkspace()
    workspace.drafts[10_482, "note"] = Draft("note", "khách khó tính", 5)
    async with running(workspace=workspace) as (app, pilot, _):
        await type_text(pilot, "rDạ vâng ạ")
        line_with(app, "Reply via")
        assert app.inbox.pen.text == "Dạ vâng ạ"
        await pilot.press("escape", "n")
        await settle(pilot)
        line_with(app, "NOTE")
        assert app.inbox.pen.text == "khách khó tính"
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][0] == "note"
        assert workspace.performed[0][1]["text"] == "khách khó tính"
        assert (app.inbox.pen.writing.mode, app.inbox.pen.text) == ("reply", "Dạ vâng ạ")


async def test_a_note_typed_in_one_burst_never_lands_in_an_unsent_answer() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, "rchưa xong")
        await pilot.press("escape")
        await type_text(pilot, "nkhách khó tính\n")
        await settle(pilot)
        assert [(call, args["text"]) for call, args, _targets in workspace.performed] == [("note", "khách khó tính")]
        assert workspace.drafts[10_482, "reply"].text == "chưa xong"
        assert app.inbox.pen.text == "chưa xong"


async def test_a_text_changes_its_kind_only_by_its_own_key_and_leaves_no_double() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, "rkho báo hết")
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert (app.inbox.pen.writing.mode, app.inbox.pen.text) == ("note", "kho báo hết")
        assert [kind for _id, kind in workspace.drafts] == ["note"]


async def test_what_is_forwarded_never_becomes_an_answer_to_the_customer() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("enter", "f")
        await settle(pilot)
        await type_text(pilot, "kho@nha.example\nXem giúp em")
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert app.inbox.pen.writing.mode == "forward"
        assert "stays what it is" in foot(app)


async def test_a_draft_is_saved_within_a_second_and_comes_back_with_caret_and_inbox() -> None:
    workspace = FakeWorkspace()
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("r")
        await settle(pilot)
        app.inbox.pen.choose_way(1)
        await type_text(pilot, "Dạ chị Hà ơi")
        await pilot.press("left", "left")
        await settle(pilot, 0.7)
        draft = workspace.drafts[10_482, "reply"]
        assert (draft.text, draft.inbox_id) == ("Dạ chị Hà ơi", 2)
        line_with(app, "saved ✓")
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("r")
        await settle(pilot)
        assert app.inbox.pen.text == "Dạ chị Hà ơi"
        line_with(app, "Reply via Email")


async def test_leaving_the_composer_or_the_app_keeps_the_text() -> None:
    workspace = FakeWorkspace()
    async with running(workspace=workspace) as (_app, pilot, _):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "chưa xong")
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert workspace.drafts[10_482, "reply"].text == "chưa xong"
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, " đâu")
        await pilot.press("escape", "Q")
        await settle(pilot)
        assert workspace.drafts[10_482, "reply"].text == "chưa xong đâu"


async def test_a_send_past_a_newer_message_is_blocked_once_and_the_text_stays() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "Dạ vâng")
        workspace.refuse = Conflict(
            "1 newer in #10482 that you have not seen.", hint="Read it, then Enter again.", code="newer"
        )
        await pilot.press("enter")
        await settle(pilot)
        assert app.inbox.pen.text == "Dạ vâng"
        assert "1 new above — Enter again to send anyway" in line_with(app, "new above")
        await pilot.press("enter")
        await settle(pilot)
        assert not workspace.performed, "pressed again before anybody can have read the warning"
        await settle(pilot, READ_S)
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[0][1]["force"] is True


async def test_a_lost_claim_says_who_has_it_and_stays_until_a_key() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j")
        workspace.change(10_481, assignee="binh", assignee_display="Bình")
        await pilot.press("a")
        await settle(pilot)
        assert "Bình has #10481 already." in foot(app)
        await settle(pilot, 0.3)
        assert "Bình has #10481 already." in foot(app)
        await pilot.press("k")
        assert "already" not in foot(app)


async def test_enter_makes_a_line_where_it_is_set_so() -> None:
    async with running(enter_sends=False) as (app, pilot, workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "một\nhai")
        assert app.inbox.pen.text == "một\nhai"
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert workspace.performed[0][1]["text"] == "một\nhai"


async def test_a_stored_answer_is_found_by_its_shortcut_without_accents() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "/cam")
        line_with(app, "Cảm ơn: Dạ shop cảm ơn")
        await pilot.press("enter")
        await settle(pilot)
        assert app.inbox.pen.text == "Dạ shop cảm ơn chị Hà ạ."


async def test_a_slash_in_prose_stays_in_the_text() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "1/2 hộp /xyz nhé")
        assert app.inbox.pen.text == "1/2 hộp /xyz nhé"


async def test_sending_nothing_is_refused_with_the_way_out() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("r", "enter")
        await settle(pilot)
        assert "There is nothing to send yet." in foot(app)
        assert not workspace.performed


async def test_files_are_refused_where_the_channel_takes_none_and_taken_elsewhere() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("r", "ctrl+t")
        await settle(pilot)
        await type_text(pilot, "/home/an/hop-hang.jpg\n")
        assert "Zalo Shop A takes no files." in foot(app)
        app.inbox.pen.choose_way(1)
        await pilot.press("ctrl+t")
        await settle(pilot)
        await type_text(pilot, "/home/an/hop\t".replace("\t", ""))
        await pilot.press("tab", "enter")
        await settle(pilot)
        assert app.inbox.pen.writing.files == ("/home/an/hop-hang.jpg",)
        line_with(app, "📎 1 file")


async def test_the_editor_brings_its_text_back() -> None:
    async with running() as (app, pilot, workspace):
        workspace.host.edited = "Viết trong vim\n"
        await pilot.press("r", "ctrl+e")
        await settle(pilot)
        assert app.inbox.pen.text == "Viết trong vim"


@pytest.mark.parametrize("size", [(120, 30), (80, 24), (40, 20), (200, 50)])
async def test_the_composer_is_in_sight_while_writing(size: tuple[int, int]) -> None:
    async with running(size) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "xin chào")
        line_with(app, "Reply via Zalo Sh")
        line_with(app, "xin chào")
        assert all(width(line) <= size[0] for line in shown(app))


async def test_a_first_message_asks_for_its_way_and_is_not_lost_by_leaving() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("c")
        await settle(pilot)
        await type_text(pilot, "\nlan@khach.example\nBáo giá\nDạ chào chị Lan")
        assert "New to lan@khach.example (mail)" in line_with(app, "New to")
        await pilot.press("escape")
        await settle(pilot)
        await type_text(pilot, "j\n")
        assert app.inbox.talk.conversation is not None
        assert app.inbox.pen.text == ""
        await pilot.press("Q")
        await settle(pilot)
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("c")
        await settle(pilot)
        assert app.inbox.pen.text == "Dạ chào chị Lan"
        await pilot.press("enter")
        await settle(pilot)
        call, args, targets = workspace.performed[0]
        assert (call, targets) == ("new", ())
        assert (args["inbox"], args["address"], args["subject"]) == ("mail", "lan@khach.example", "Báo giá")
        await pilot.press("c")
        await settle(pilot)
        assert app.inbox.sheet.is_open, "the one before is sent: this is another"


async def test_a_resting_hand_is_told_as_idle_and_the_next_key_as_looking_again() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        workspace.clock += 20_000
        app.inbox.talk.beat()
        workspace.clock += 20_000
        app.inbox.talk.beat()
        app.inbox.talk.beat()
        await pilot.press("k")
        await settle(pilot)
        told = [what for what, id in workspace.attention if id == 10_482 and what in ("viewing", "idle")]
        assert told == ["viewing", "idle", "viewing"]


async def test_the_cursor_of_a_thread_stands_on_what_somebody_said() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        seen = []
        for _n in range(8):
            assert app.inbox.thread.cursor is not None
            seen.append(app.inbox.thread.cursor.direction)
            await pilot.press("k")
            await settle(pilot)
        assert "activity" not in seen
        assert "note" in seen
        assert "out" in seen


async def test_a_slash_within_a_line_opens_nothing_that_is_not_there() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "50k /")
        assert not app.inbox.sheet.is_open
        await type_text(pilot, "x")
        assert not app.inbox.sheet.is_open
        await type_text(pilot, "ấp, 10 / 20")
        assert app.inbox.pen.text == "50k /xấp, 10 / 20"


async def test_a_slash_within_a_line_that_begins_a_shortcut_offers_it() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "Vâng. /c")
        assert app.inbox.sheet.is_open
        await type_text(pilot, "am")
        await pilot.press("enter")
        await settle(pilot)
        assert app.inbox.pen.text == "Vâng. Dạ shop cảm ơn chị Hà ạ."


async def test_a_shortcut_begun_in_vain_within_a_line_stays_in_the_text() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "50k /cái nhé")
        assert app.inbox.pen.text == "50k /cái nhé"
