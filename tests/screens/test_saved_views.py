"""Views made from the screen, and the filters of one key."""

from __future__ import annotations

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, type_text
from unibox_tui.screens.hands_port import SavedView


async def test_what_is_on_show_is_kept_renamed_moved_and_removed() -> None:
    async with running((160, 30)) as (app, pilot, workspace):
        await pilot.press("4")
        await settle(pilot, 0.5)
        await type_text(pilot, "\\is:unread\n")
        await type_text(pilot, ":view save mới\n")
        await settle(pilot, 0.1)
        assert workspace.hands.saved["mới"].query == "is:open is:unread"
        assert app.inbox.lists.asked.view == "mới"
        line_with(app, "mới")
        await type_text(pilot, ":view share cả nhóm\n")
        await settle(pilot, 0.1)
        assert workspace.hands.saved["cả nhóm"].where == "shared"
        await type_text(pilot, ":view move 1\n")
        await settle(pilot, 0.1)
        assert list(workspace.hands.saved) == ["cả nhóm", "mới"]
        await type_text(pilot, ":view rename đội\n")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.view == "đội"
        await type_text(pilot, ":view remove\n")
        await settle(pilot, 0.1)
        assert list(workspace.hands.saved) == ["mới"]
        assert app.inbox.lists.asked.view == "waiting"
        await type_text(pilot, ":view remove\n")
        assert "This view is built in." in foot(app)


async def test_a_view_opens_by_its_key_and_by_its_name() -> None:
    workspace = FakeWorkspace()
    workspace.hands.saved["vip"] = SavedView("vip", "VIP", "owner:binh", "g 2")
    async with running((160, 30), workspace) as (app, pilot, _workspace):
        await pilot.press("g", "2")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.view == "vip"
        assert [row.assignee for row in app.inbox.list.rows] == ["binh", "binh"]
        await type_text(pilot, ":view mine\n")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.view == "mine"
        await type_text(pilot, ":view VIP\n")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.view == "vip"
        await type_text(pilot, ":view nothing\n")
        assert "There is no view “nothing”." in foot(app)


async def test_one_key_for_unread_and_read_and_one_for_the_owner() -> None:
    async with running((160, 30)) as (app, pilot, _workspace):
        everything = len(app.inbox.list.rows)
        await pilot.press("d")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.filter == "is:unread"
        assert all(row.unread for row in app.inbox.list.rows)
        await pilot.press("d")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.filter == "is:read"
        await pilot.press("O")
        await type_text(pilot, "binh\n")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.filter == "is:read assignee:binh"
        assert {row.assignee for row in app.inbox.list.rows} == {"binh"}
        await pilot.press("O")
        await settle(pilot, 0.1)
        await pilot.press("d")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.filter == ""
        assert len(app.inbox.list.rows) == everything


async def test_labels_and_keys_have_a_page() -> None:
    async with running((140, 30)) as (app, pilot, workspace):
        await type_text(pilot, ":labels\n")
        line_with(app, "giao thiếu")
        await pilot.press("enter")
        await settle(pilot, 0.1)
        assert app.inbox.lists.asked.filter == 'label:"giao thiếu"'
        await type_text(pilot, ":label-edit vip > chốt\n")
        assert workspace.performed[-1] == ("label_edit", {"label": "vip", "into": "chốt"}, ())
        workspace.hands.labelled = 4_000
        await type_text(pilot, ":label-edit vip -\n")
        await settle(pilot, 0.1)
        line_with(app, "“vip” is on 4,000 conversations. Change them all?")
        assert workspace.performed[-1][1].get("remove") is None
        await pilot.press("enter")
        await settle(pilot, 0.1)
        assert workspace.performed[-1] == ("label_edit", {"label": "vip", "remove": True}, ())
        await type_text(pilot, ":label-edit vip\n")
        assert "How is it to be changed?" in foot(app)
        await type_text(pilot, ":map\n")
        line_with(app, "Keys by place")
        assert ":run" in line_with(app, "!    ")
