"""Orders by keys: made, changed, moved on; codes a scanner types; the panel's first lines and other systems' panels."""

from __future__ import annotations

from tests.support.fake_selling import sold
from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.views.order_models import OutsidePanel, OutsideRow
from unibox_tui.views.orders import Scanned

WIDE = (200, 50)


async def test_a_new_order_is_a_line_filled_from_the_conversation() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, "$n")
        await settle(pilot)
        line_with(app, "amount=590000, phone=+84903111224")
        await pilot.press("enter")
        await settle(pilot)
        [(call, args, targets)] = workspace.performed
        assert (call, targets) == ("order_new", (10_482,))
        assert args == {"fields": "items=, amount=590000, phone=+84903111224", "fill": False}


async def test_the_typed_command_needs_no_question() -> None:
    async with running() as (_app, pilot, workspace):
        await type_text(pilot, ":order amount=1tr2, items=2x Áo\n")
        await settle(pilot)
        assert workspace.performed == [("order_new", {"fields": "amount=1tr2, items=2x Áo"}, (10_482,))]


async def test_an_order_is_moved_on_by_one_choice() -> None:
    workspace = FakeWorkspace()
    workspace.selling.lines = [sold()]
    async with running(workspace=workspace) as (app, pilot, _):
        await type_text(pilot, "$s")
        await settle(pilot)
        line_with(app, "Order DH20381 is:")
        await type_text(pilot, "deliv\n")
        await settle(pilot)
        assert workspace.performed == [("order_state", {"state": "delivered", "order": "17"}, (10_482,))]


async def test_of_several_orders_one_is_chosen_first() -> None:
    workspace = FakeWorkspace()
    workspace.selling.lines = [sold(), sold(18)]
    async with running(workspace=workspace) as (_app, pilot, _):
        await type_text(pilot, "$e")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        await type_text(pilot, ", tracking=SPX2\n")
        await settle(pilot)
        [(call, args, _targets)] = workspace.performed
        assert (call, args["order"]) == ("order_set", "18")
        assert args["fields"].endswith(", tracking=SPX2")


async def test_without_an_order_the_foot_says_what_to_do() -> None:
    async with running() as (app, pilot, workspace):
        await type_text(pilot, "$s")
        await settle(pilot)
        assert "There is no order here yet." in foot(app)
        assert workspace.performed == []


async def test_deal_block_and_risk_have_keys() -> None:
    async with running() as (_app, pilot, workspace):
        await type_text(pilot, "$dconf\n")
        await settle(pilot)
        await type_text(pilot, "$b")
        await settle(pilot)
        await type_text(pilot, "$rbom hàng\n")
        await settle(pilot)
        assert [(call, args) for call, args, _ in workspace.performed] == [
            ("deal", {"state": "confirmed"}),
            ("block", {}),
            ("risk", {"reason": "bom hàng"}),
        ]


async def test_a_scanner_types_a_code_behind_the_number_sign() -> None:
    workspace = FakeWorkspace()
    workspace.selling.codes = {
        "8934567890123": Scanned("item", 17, 10_480, 104_800, 2),
        "DH20381": Scanned("order", 17, 10_479, 104_790),
        "LOOSE": Scanned("order", 3),
    }
    async with running(workspace=workspace) as (app, pilot, _):
        await type_text(pilot, "#8934567890123\n")
        await settle(pilot)
        assert app.inbox.talk.conversation == 10_480
        assert "2 others have it too" in foot(app)
        await type_text(pilot, "$$DH20381\n")
        await settle(pilot)
        assert app.inbox.talk.conversation == 10_479
        await type_text(pilot, "#LOOSE\n")
        await settle(pilot)
        assert "has no conversation" in foot(app)
        await type_text(pilot, "#NICHTS\n")
        await settle(pilot)
        assert "Nothing here has the code" in foot(app)
        await type_text(pilot, "#10481\n")
        await settle(pilot)
        assert app.inbox.talk.conversation == 10_481


async def test_all_orders_of_the_customer_are_a_page() -> None:
    workspace = FakeWorkspace()
    workspace.selling.lines = [sold()]
    async with running(workspace=workspace) as (app, pilot, _):
        await type_text(pilot, "$o")
        await settle(pilot)
        line_with(app, "590.000 ₫" if "." in f"{1000:n}" else "590,000 ₫")
        line_with(app, "2x Áo thun đen M")


async def test_the_first_eight_lines_say_who_what_and_where() -> None:
    async with running(WIDE) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        panel = [line[-50:] for line in shown(app)]
        text = "\n".join(panel[:10])
        for words in ("Nguyễn Thị Hà", "chị", "waits 12 min", "#10482", "DH20381 shipped", "FB"):
            assert words in text, text


async def test_other_systems_panels_fill_in_without_moving_anything() -> None:
    workspace = FakeWorkspace()
    workspace.selling.named = [OutsidePanel("shop", "Shop A", 3)]
    workspace.selling.rows = (
        OutsideRow("Orders", "4", "ok"),
        OutsideRow("Open", "in shop", "", ("open", "https://shop-a.example/c/1")),
    )
    async with running(WIDE, workspace) as (app, pilot, _):
        await pilot.press("enter")
        await settle(pilot)
        before = next(n for n, line in enumerate(shown(app)) if "ha@khach.example" in line)
        line_with(app, "Orders  4")
        workspace.selling.rows = ()
        app.inbox.talk.reread_panel()
        await settle(pilot)
        assert before == next(n for n, line in enumerate(shown(app)) if "ha@khach.example" in line)
