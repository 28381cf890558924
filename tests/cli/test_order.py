"""Orders and customers on the command line: made, moved, found, taken in and written out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.cli.conftest import Unibox


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_an_order_from_the_conversation_to_the_customer(shop: Unibox, numbers: list[str]) -> None:
    made = shop.ok("order", "new", numbers[0], "--set", "amount=590k", "--set", "phone=0903111224", "--json").one
    number = str(made["order"])
    shown = shop.ok("order", "show", number, "--json").one
    assert (shown["code"], shown["amount"], shown["phone"], shown["state"]) == (
        "DH20381",
        590_000,
        "0903111224",
        "draft",
    )
    assert shop.ok("order", "state", "dh20381", "chốt", "--json").one["state"] == "confirmed"
    shop.ok("order", "set", number, "tracking=SPX99", "items=2x Áo @295k [AT-M]")
    assert [row["id"] for row in shop.ok("order", "list", "--state", "confirmed", "--json").lines] == [made["order"]]
    assert shop.ok("order", "list", "spx99", "--json").lines[0]["items"][0]["code"] == "AT-M"
    assert shop.ok("order", "list", "--over", "600k", "--json").lines == []
    shop.ok("undo")
    assert shop.ok("order", "show", number, "--json").one["tracking"] == ""
    assert "order" in shop("order", "show", "999").err


def test_a_scanned_code_finds_order_item_and_customer(shop: Unibox, numbers: list[str]) -> None:
    number = shop.ok("order", "new", numbers[0], "--set", "items=Áo [893456]", "--json").one["order"]
    found = shop("order", "find", "-", "--json", stdin=b"DH20381\n893456\nha@khach.example\nnothing\n")
    assert [(line["kind"], line["id"]) for line in found.lines[:2]] == [("order", number), ("item", number)]
    assert found.lines[2]["kind"] == "contact"
    assert found.lines[2]["conversation"] == int(numbers[0])
    assert found.lines[3]["id"] is None
    assert found.status == 1


def test_a_deal_by_hand(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("order", "deal", numbers[1], "confirmed")
    assert [row["id"] for row in shop.ok("ls", "order:confirmed", "--json").lines] == [int(numbers[1])]
    shop.ok("order", "deal", numbers[1], "none")
    assert shop.ok("ls", "is:deal", "--json").lines == []


def test_orders_in_and_out_as_tables(shop: Unibox, tmp_path: Path) -> None:
    path = tmp_path / "don.csv"
    path.write_text(
        "Mã đơn;SĐT;Tổng tiền;Sản phẩm;Trạng thái;Lạ\nW1;0903111224;1.200.000;2x Áo;confirmed;x\nW2;;590k;=HYPERLINK;bay;x\n",
        "utf-8",
    )
    tried = shop("order", "import", str(path), "--shop", "web", "--dry-run", "--json")
    assert tried.status == 1
    assert tried.one["created"] == 1
    assert tried.one["bad"][0]["line"] == 3
    assert shop.ok("order", "list", "--json").lines == []
    assert shop("order", "import", str(path), "--shop", "web", "--json").one["created"] == 1
    number = shop.ok("order", "list", "--json").lines[0]["id"]
    shop.ok("order", "set", str(number), "amount=1.150.000")
    path.write_text("Mã đơn,Tổng tiền,Mã vận đơn\nW1,1200000,'=CMD\n", "utf-8")
    again = shop.ok("order", "import", str(path), "--shop", "web", "--json").one
    assert (again["created"], again["changed"], again["conflicts"]) == (0, 1, 1)
    [row] = table(shop.ok("order", "export").out)
    assert (row["amount"], row["tracking"], row["external_id"]) == ("1150000", "'=CMD", "W1")
    [waiting] = shop.ok("contact", "conflicts", "--order", str(number), "--json").lines
    assert (waiting["field"], waiting["value"]) == ("amount", 1_200_000)
    shop.ok("contact", "conflicts", "--order", str(number), "--take", "amount")
    assert shop.ok("order", "show", "W1", "--json").one["amount"] == 1_200_000
    assert shop.ok("contact", "conflicts", "--json").lines == []


def test_customers_in_from_a_table_and_out_again(shop: Unibox, tmp_path: Path) -> None:
    path = tmp_path / "khach.csv"
    path.write_text('Mã,Họ tên,SĐT,Ghi chú,Hạng\nK1,Trần Văn Bình,0903111224,"=1+1",Vàng\nK2,,abc,,\n', "utf-8")
    mapping = ("--map", "attributes.rank=Hạng")
    tried = shop("contact", "import", str(path), *mapping, "--dry-run", "--json")
    assert (tried.one["created"], len(tried.one["bad"])) == (1, 1)
    assert shop.ok("contact", "list", "tran van binh", "--json").lines == []
    shop("contact", "import", str(path), *mapping, "--json")
    assert shop("contact", "import", str(path), *mapping, "--json").one["same"] == 1
    [found] = shop.ok("contact", "list", "tran van binh", "--json").lines
    shop.ok("contact", "set", str(found["id"]), "name=Anh Bình")
    path.write_text("Mã,Họ tên,SĐT\nK1,Trần Bình,0903111224\n", "utf-8")
    assert shop.ok("contact", "import", str(path), "--json").one["conflicts"] == 1
    card = shop.ok("contact", "show", str(found["id"]), "--json").one
    assert (card["name"], card["attributes"]["rank"], card["keys"][0]["value"]) == ("Anh Bình", "Vàng", "+84903111224")
    out = tmp_path / "out.csv"
    shop.ok("contact", "export", "--out", str(out))
    row = next(row for row in table(out.read_text("utf-8")) if row["name"] == "Anh Bình")
    assert (row["phone"], row["note"]) == ("'+84903111224", "'=1+1")
    assert out.stat().st_mode & 0o077 == 0


def test_a_table_taken_in_twice_or_taken_out_and_in_again_makes_nobody_twice(shop: Unibox, tmp_path: Path) -> None:
    path = tmp_path / "khach.csv"
    path.write_text(
        "name,phone,email,note\nLê Minh,0903 111 224,,quen\nLê Minh,(+84) 903 111 224,,\nTrần Hà,,HA.TRAN@khach.example,\n"
        "Lê Na,0903111224,,\nNguyễn Thị Hà,,ha@khach.example,\n",
        "utf-8",
    )
    first = shop.ok("contact", "import", str(path), "--json").one
    # Le Minh stands there twice, and Nguyễn Thị Hà has written before; Lê Na is somebody else with the same telephone.
    assert first["created"] == 3
    path.rename(tmp_path / "khach (1).csv")
    again = shop.ok("contact", "import", str(tmp_path / "khach (1).csv"), "--json").one
    assert (again["created"], again["changed"], again["same"]) == (0, 0, 5)
    out = tmp_path / "out.csv"
    shop.ok("contact", "export", "--out", str(out))
    everybody = len(shop.ok("contact", "list", "--json").lines)
    for _time in range(2):
        assert shop.ok("contact", "import", str(out), "--json").one["created"] == 0
    assert len(shop.ok("contact", "list", "--json").lines) == everybody


def test_labels_come_in_with_a_table_and_none_is_taken_off(shop: Unibox, tmp_path: Path) -> None:
    path = tmp_path / "khach.csv"
    path.write_text('id,name,phone,nhãn\nK1,Lê Minh,0903111224,"vip, khách sỉ"\n', "utf-8")
    shop.ok("contact", "import", str(path))
    [found] = shop.ok("contact", "list", "le minh", "--json").lines
    shop.ok("contact", "label", str(found["id"]), "nợ", "--off", "vip")
    path.write_text("id,name,phone,nhãn\nK1,Lê Minh,0903111224,khách sỉ\n", "utf-8")
    assert shop.ok("contact", "import", str(path), "--json").one["same"] == 1
    assert shop.ok("contact", "show", str(found["id"]), "--json").one["labels"] == ["khách sỉ", "nợ"]
    path.write_text(f"id,name,phone,nhãn\nK1,Lê Minh,0903111224,{'a' * 150}\n", "utf-8")
    assert "too long" in shop("contact", "import", str(path), "--json").one["bad"][0]["error"]


def test_customers_in_and_out_as_vcards(shop: Unibox, tmp_path: Path) -> None:
    path = tmp_path / "book.vcf"
    path.write_text(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:abc\r\nN:Nguyễn;Lan;Thị;;\r\nTEL;TYPE=CELL:0903 111\r\n  224\r\n"
        "EMAIL:lan@khach.example\r\nNOTE:một\\nhai\r\nEND:VCARD\r\n",
        "utf-8",
    )
    assert shop.ok("contact", "import", str(path), "--json").one["created"] == 1
    text = shop.ok("contact", "export", "--format", "vcard").out.replace("\r\n", "\n")
    assert "FN:Nguyễn Thị Lan\n" in text
    assert "TEL;VALUE=uri:tel:+84903111224\n" in text
    assert "EMAIL:lan@khach.example\n" in text
    assert "NOTE:một\\nhai\n" in text
    path.write_text("BEGIN:VCARD\nFN:X\n", "utf-8")
    assert shop("contact", "import", str(path)).status == 2


def test_blocked_and_marked(shop: Unibox, tmp_path: Path) -> None:
    shop.ok("contact", "block", "ha@khach.example")
    assert len(shop.ok("ls", "is:blocked", "--json").lines) == 1
    shop.ok("contact", "unblock", "ha@khach.example")
    assert shop.ok("ls", "is:blocked", "--json").lines == []
    path = tmp_path / "bom.csv"
    path.write_text("SĐT,Lý do\n0903111224,bom 3 đơn\nkhông,x\n", "utf-8")
    assert shop.ok("contact", "risk", "--import", str(path), "--json").one["changed"] == 1
    [mark] = shop.ok("contact", "risk", "0903 111 224", "--json").lines
    assert (mark["reason"], mark["source"]) == ("bom 3 đơn", "bom.csv")
    shop.ok("contact", "risk", "--remove", mark["id"])
    assert shop.ok("contact", "risk", "0903111224", "--json").lines == []
    shop.ok("contact", "risk", "ha@khach.example", "--mark", "doạ shop")
    assert shop.ok("contact", "risk", "ha@khach.example", "--json").lines[0]["reason"] == "doạ shop"


def test_who_may_not_see_phones_sees_them_masked(shop: Unibox, numbers: list[str]) -> None:
    from tests.cli.conftest import ME

    shop.ok("order", "new", numbers[0], "--set", "phone=0903111224", "--set", "note=gọi 0903 111 224 nhé")
    config = shop.folder / "config.toml"
    config.write_text(config.read_text() + f'\n[privacy]\nmask_phones_for = ["{ME}"]\n')
    for said in (
        shop.ok("order", "list", "--json").out,
        shop.ok("order", "list").out,
        shop.ok("order", "export").out,
        shop.ok("order", "show", "DH20381").out,
        shop.ok("contact", "list", "--json").out,
    ):
        assert "903111224" not in said.replace(" ", "")
    assert "•••••••224" in shop.ok("order", "show", "DH20381").out


def test_fields_of_the_workspace_are_checked(shop: Unibox) -> None:
    config = shop.folder / "config.toml"
    config.write_text(
        config.read_text() + '\n[fields.size]\ntype = "choice"\nchoices = ["S", "M"]\n[fields.zalo]\ntype = "phone"\n'
    )
    shop.ok("contact", "set", "ha@khach.example", "attributes.size=m", "attributes.zalo=0903 111 224")
    assert shop.ok("contact", "show", "ha@khach.example", "--json").one["attributes"] == {
        "size": "M",
        "zalo": "0903111224",
    }
    assert shop("contact", "set", "ha@khach.example", "attributes.size=XL").status == 2
    assert shop("contact", "set", "ha@khach.example", "attributes.colour=red").status == 2


def test_words_that_no_order_has_are_named(shop: Unibox) -> None:
    assert "“zz”" in shop.ok("order", "list", "zz").err
    assert "`--state draft`" in shop.ok("order", "list", "draft").err
    assert shop.ok("order", "list", "zz", "--json").out == ""
