"""`unibox contact`: merge and split by hand, suggestions, all that is held, and forgetting it to the last byte."""

from __future__ import annotations

import asyncio
import gzip
import json
import stat
from email.message import EmailMessage
from pathlib import Path

import pytest

from benchmarks.linking import Town
from tests.cli.conftest import Unibox, letter
from unibox_tui.store import drafts, inboxes, people, raw_events, search
from unibox_tui.store.database import Database, Tx
from unibox_tui.sync.raw import pack


def database(shop: Unibox) -> Database:
    [path] = shop.folder.rglob("unibox.db")
    return Database(path)


def live(shop: Unibox, address: str, text: str, number: int) -> None:
    """A mail that arrives now, as the service takes it in."""
    from unibox_tui.domain.inbound import MessageReceived, Person
    from unibox_tui.domain.words import MessageKind
    from unibox_tui.sync.facts import Rules, prepare
    from unibox_tui.sync.ingest import ingest

    with database(shop) as db:
        inbox = db.read_now(lambda reader: inboxes.named(reader, "shop"))
        fact = MessageReceived(
            f"live{number}@khach.example", Person(address, "email", ""), db.now(), text, MessageKind.MAIL
        )
        ready = prepare(fact, inbox, Rules(), lambda data: ("", 0))
        db.write_now(lambda tx: ingest(tx, inbox.id, [ready], Rules()))


# -- who is one ------------------------------------------------------------------------------------------------------


def test_show_by_number_address_and_conversation(shop: Unibox, numbers: list[str]) -> None:
    card = shop.ok("contact", "show", "ha@khach.example", "--json").one
    assert card["name"] == "Nguyễn Thị Hà"
    assert [one["address"] for one in card["identities"]] == ["ha@khach.example"]
    assert shop.ok("contact", "show", str(card["id"]), "--json").one == card
    assert shop.ok("contact", "show", f"#{numbers[0]}", "--json").one == card
    assert shop.ok("contact", "show", card["uid"], "--json").one == card
    assert "ha@khach.example" in shop.ok("contact", "show", "HA@khach.example").out
    assert shop("contact", "show", "nobody@khach.example", "--json").error["code"] == "NotFound"


def test_merge_split_undo(shop: Unibox) -> None:
    ha, tom = (shop.ok("contact", "show", who, "--json").one["id"] for who in ("ha@khach.example", "tom@mail.example"))
    assert "language" in shop.ok("contact", "merge", str(ha), str(tom), "--dry-run", "--json").one
    done = shop.ok("contact", "merge", str(ha), str(tom), "--choose", "name=Chị Hà", "--json").one
    card = shop.ok("contact", "show", "tom@mail.example", "--json").one
    assert (card["id"], card["name"], len(card["identities"]), card["conversation_count"]) == (ha, "Chị Hà", 2, 2)
    assert card["merges"][0]["operation"] == done["operation"]
    assert shop("contact", "merge", str(ha), str(tom), "--json").error["code"] == "merged"
    assert shop.ok("contact", "split", str(ha), "--operation", done["operation"], "--json").one["contact"] == tom
    assert shop.ok("contact", "show", str(ha), "--json").one["name"] == "Nguyễn Thị Hà"
    shop.ok("undo")
    assert shop.ok("contact", "show", "tom@mail.example", "--json").one["id"] == ha
    shop.ok("undo")
    assert shop.ok("contact", "show", "tom@mail.example", "--json").one["id"] == tom


def test_suggestions_are_accepted_and_refused(shop: Unibox) -> None:
    live(shop, "ha@khach.example", "Em đặt đơn DH20381", 0)
    live(shop, "ha.nguyen@khac.example", "Đơn DH20381 của em đâu rồi", 1)
    [found] = shop.ok("contact", "suggestions", "--json").lines
    reason = found["reasons"][0]
    assert (reason["kind"], reason["value"]) == ("order", "DH20381")
    assert "DH20381" in reason["mine"]["text"]
    assert "DH20381" in reason["theirs"]["text"]
    assert "DH20381" in shop.ok("contact", "suggestions", "ha@khach.example").out
    pair = (str(found["contact"]), str(found["other"]))
    shop.ok("contact", "accept", *pair)
    assert shop.ok("contact", "suggestions", "--json").lines == []
    assert len(shop.ok("contact", "show", pair[0], "--json").one["identities"]) == 2
    shop.ok("undo")
    assert len(shop.ok("contact", "suggestions", "--json").lines) == 1
    shop.ok("contact", "dismiss", *pair)
    assert shop.ok("contact", "suggestions", "--json").lines == []
    live(shop, "ha.nguyen@khac.example", "vẫn đơn DH20381", 2)
    assert shop.ok("contact", "suggestions", "--json").lines == []


def test_set_and_its_errors(shop: Unibox) -> None:
    shop.ok("contact", "set", "tom@mail.example", "title=anh", "note=thích màu xanh", "attributes.size=XL")
    card = shop.ok("contact", "show", "tom@mail.example", "--json").one
    assert (card["title"], card["note"], card["attributes"]) == ("anh", "thích màu xanh", {"size": "XL"})
    for wrong in ("language=de", "attributes.=x", "size=XL", "note"):
        assert shop("contact", "set", "tom@mail.example", wrong).status == 2, wrong
    shop.ok("contact", "set", "tom@mail.example", "title=")
    assert shop.ok("contact", "show", "tom@mail.example", "--json").one["title"] == ""


def test_label_and_its_errors(shop: Unibox) -> None:
    done = shop.ok("contact", "label", "tom@mail.example", "vip", "khách sỉ", "--json").one
    assert done["changed"] == 2
    assert shop.ok("contact", "show", "tom@mail.example", "--json").one["labels"] == ["khách sỉ", "vip"]
    shop.ok("contact", "label", "tom@mail.example", "nợ", "--off", "vip")
    assert shop.ok("contact", "show", "tom@mail.example", "--json").one["labels"] == ["khách sỉ", "nợ"]
    shop.ok("undo")
    assert shop.ok("contact", "show", "tom@mail.example", "--json").one["labels"] == ["khách sỉ", "vip"]
    assert shop("contact", "label", "tom@mail.example").status == 2
    assert shop("contact", "label", "tom@mail.example", "--off", "lạ", "--json").error["code"] == "NotFound"


def test_who_may_not_see_phones_sees_them_masked(shop: Unibox) -> None:
    from tests.cli.conftest import ME

    live(shop, "ha@khach.example", "gọi em 0912 000 678 nhé", 0)
    live(shop, "minh@khach.example", "số của chị em là 0912 000 678", 1)
    shop.ok("contact", "set", "ha@khach.example", "note=gọi 0912 000 678", "name=0912000678")
    config = shop.folder / "config.toml"
    config.write_text(config.read_text() + f'\n[privacy]\nmask_phones_for = ["{ME}"]\n')
    for call in (
        ("show", "ha@khach.example", "--json"),
        ("show", "ha@khach.example"),
        ("merge", "ha@khach.example", "tom@mail.example", "--dry-run"),
        ("merge", "ha@khach.example", "tom@mail.example", "--dry-run", "--json"),
    ):
        assert "912000678" not in shop.ok("contact", *call).out.replace(" ", ""), call
    [found] = shop.ok("contact", "suggestions", "--json").lines
    assert (found["reasons"][0]["value"], found["name"]) == ("+84••••••678", "•••••••678")


# -- everything that is held -----------------------------------------------------------------------------------------


def test_dossier_holds_everything_and_is_private(shop: Unibox, tmp_path: Path) -> None:
    held = shop.ok("contact", "dossier", "ha@khach.example", "--json").one
    assert held["contact"]["name"] == "Nguyễn Thị Hà"
    assert "DH20381" in held["messages"][0]["text"]
    assert held["messages"][0]["found"][0]["value"] == "DH20381"
    assert held["keys"][0]["value"] == "ha@khach.example"
    assert "tom@mail.example" not in json.dumps(held)
    out = tmp_path / "ha.json"
    shop.ok("contact", "dossier", "ha@khach.example", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["messages"] == held["messages"]
    assert shop("contact", "dossier", "ha@khach.example", "--out", str(out)).status == 1
    assert shop("contact", "dossier", "ha@khach.example").status == 2
    with database(shop) as db:
        kinds = [row[0] for row in db.read_now(lambda reader: reader.execute("SELECT kind FROM event").fetchall())]
    assert kinds.count("contact.dossier") == 2


# -- forgetting ------------------------------------------------------------------------------------------------------

SECRETS = (
    "bimatmatkhau",
    "quangthanhvinh",
    "vinh.bimat@khach.example",
    "0912345678",
    "+84912345678",
    "hoadonxyz",
    "ghichurieng",
)


@pytest.fixture
def secret(shop: Unibox, tmp_path: Path) -> Unibox:
    """A customer whose words, name, address, phone and file are nowhere else, with payloads, a draft, a note and a past."""
    mails = tmp_path / "secret"
    mails.mkdir()
    for number in (11, 12):
        mail = EmailMessage()
        mail["From"], mail["To"] = "Quangthanhvinh <vinh.bimat@khach.example>", "hello@shop-a.example"
        mail["Subject"], mail["Message-ID"] = f"bimatmatkhau {number}", f"<vinh.bimat{number}@khach.example>"
        mail["Date"] = f"Mon, 05 Jan 2026 11:{number}:00 +0700"
        mail.set_content("Em là Quangthanhvinh, bimatmatkhau của em, số 0912345678, đơn DH55555")
        mail.add_attachment(b"hoadonxyz" * 50, maintype="application", subtype="pdf", filename="hoadonxyz.pdf")
        mail.add_attachment(b"shared between two people", maintype="application", subtype="pdf", filename="chung.pdf")
        (mails / f"{number}.eml").write_bytes(mail.as_bytes())
    other = EmailMessage()
    other["From"], other["To"], other["Subject"] = "An <an@khach.example>", "hello@shop-a.example", "chung"
    other["Message-ID"], other["Date"] = "<an1@khach.example>", "Mon, 05 Jan 2026 12:00:00 +0700"
    other.set_content("file chung")
    other.add_attachment(b"shared between two people", maintype="application", subtype="pdf", filename="chung.pdf")
    (mails / "13.eml").write_bytes(other.as_bytes())
    shop.ok("import", str(mails), "--inbox", "shop")
    card = shop.ok("contact", "show", "vinh.bimat@khach.example", "--json").one
    number = str(card["conversations"][0]["id"])
    shop.ok("contact", "set", str(card["id"]), "note=ghichurieng", "name=Quangthanhvinh mới")
    shop.ok("note", number, "ghichurieng: khách khó")
    shop.ok("reply", number, "Chào Quangthanhvinh, shop nhận được bimatmatkhau")
    shop.ok("cancel", shop.ok("outbox", "list", "--json").lines[0]["id"])
    with database(shop) as db:

        def more(tx: Tx) -> None:
            inbox = inboxes.named(tx.db, "shop").id
            drafts.save(
                tx,
                "an",
                int(number),
                mode="reply",
                text="bimatmatkhau",
                caret=0,
                inbox_id=None,
                identity_id=None,
                options={},
            )
            body = b"From: vinh.bimat@khach.example\n\nbimatmatkhau"
            for state in ("done", "quarantined", "dismissed"):
                raw_events.save(tx, inbox, "webhook", {}, body, state=state)
            raw_events.save(
                tx, inbox, "form", {}, b"email=vinh.bimat%40khach.example&t=bimatmatkhau", state="quarantined"
            )
            raw_events.save(tx, inbox, "webhook", {}, b"From: an@khach.example", state="quarantined")
            for text in (body, b"From: an@khach.example, not xvinh.bimat@khach.example.vn"):
                raw_events.save(tx, inbox, "webhook", {}, text, state="done", received_at=1)
            people.refresh(tx, 1000)

        db.write_now(more)
        [raw] = [path for path in shop.folder.rglob("raw") if path.is_dir()]
        assert asyncio.run(pack(db, raw, older_than_ms=3_600_000)) == 2
    return shop


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of the workspace but its configuration; segments unpacked."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".toml":
            data = path.read_bytes()
            found[str(path)] = gzip.decompress(data) if path.suffix == ".gz" else data
    return found


def spoken_of(folder: Path, words: tuple[str, ...]) -> list[tuple[str, str]]:
    forms = [(word, form) for word in words for form in {word.encode(), word.encode().hex().encode()}]
    files = everything(folder).items()
    return [(word, path) for path, data in files for word, form in forms if form in data.lower()]


def test_forgotten_words_are_in_no_byte(secret: Unibox) -> None:
    folder = secret.folder
    assert {word for word, _ in spoken_of(folder, SECRETS)} >= {
        "bimatmatkhau",
        "quangthanhvinh",
        "hoadonxyz",
        "ghichurieng",
    }
    card = secret.ok("contact", "show", "vinh.bimat@khach.example", "--json").one
    with database(secret) as db:
        messages = db.read_now(lambda reader: reader.execute("SELECT count(*) FROM message").fetchone()[0])
        seqs = db.read_now(lambda reader: [row[0] for row in reader.execute("SELECT seq FROM event ORDER BY seq")])

    assert secret("contact", "forget", str(card["id"]), "--json").error["code"] == "unsure"
    done = secret.ok("contact", "forget", str(card["id"]), "--yes", "--json").one

    left = spoken_of(folder, (*SECRETS, "vinh.bimat"))
    segments = {path for path in everything(folder) if path.endswith(".gz")}
    # Somebody else's payload holds a longer address with the same letters.
    assert left == [(word, path) for word in ("vinh.bimat@khach.example", "vinh.bimat") for path in sorted(segments)]
    assert done["compacted"]
    assert (done["files"], done["identities"], done["payloads"]) == (1, 1, 5)
    with database(secret) as db:
        assert db.read_now(lambda reader: reader.execute("SELECT count(*) FROM message").fetchone()[0]) == messages
        now = db.read_now(lambda reader: [row[0] for row in reader.execute("SELECT seq FROM event ORDER BY seq")])
        assert now[: len(seqs)] == seqs
        told = db.read_now(
            lambda reader: reader.execute("SELECT actor, data FROM event WHERE kind = 'contact.forgotten'").fetchone()
        )
        assert json.loads(told["data"])["messages"] == done["messages"]
        assert db.read_now(lambda reader: reader.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"
        db.write_now(lambda tx: tx.run("INSERT INTO search (search) VALUES ('integrity-check')"))
        search.rebuild(db)


def test_others_stay_and_the_rest_works(secret: Unibox) -> None:
    card = secret.ok("contact", "show", "vinh.bimat@khach.example", "--json").one
    number = str(card["conversations"][0]["id"])
    secret.ok("contact", "forget", str(card["id"]), "--yes")
    gone = secret.ok("contact", "show", str(card["id"]), "--json").one
    assert (gone["name"], gone["identities"], gone["keys"], gone["note"]) == ("", [], [], "")
    assert gone["forgotten_at"] is not None
    assert gone["conversation_count"] == card["conversation_count"]
    shown = secret.ok("show", number, "--json").one
    assert shown["contact"] == ""
    assert all(message["text"] == "" for message in shown["messages"] if message["direction"] != "activity")
    assert secret.ok("search", "bimatmatkhau", "--json").lines == []
    assert len(secret.ok("search", "DH20381", "--json").lines) == 1
    assert secret.ok("contact", "show", "an@khach.example", "--json").one["name"] == "An"
    [kept] = [path for path in secret.folder.rglob("media/??/*") if path.is_file()]
    assert kept.read_bytes() == b"shared between two people"
    assert [line["inbox"] for line in secret.ok("quarantine", "list", "--json").lines] == ["shop"]
    secret.ok("contact", "forget", str(card["id"]), "--yes")
    assert secret("contact", "set", str(card["id"]), "name=x").status == 1
    secret("undo")
    assert spoken_of(secret.folder, ("bimatmatkhau", "ghichurieng")) == []


def test_the_same_mail_does_not_come_in_again(shop: Unibox, tmp_path: Path) -> None:
    shop.ok("contact", "forget", "ha@khach.example", "--yes")
    again = tmp_path / "again"
    again.mkdir()
    (again / "1.eml").write_bytes(letter(1, "Shop ơi em nhận thiếu 1 áo, đơn DH20381"))
    shop.ok("import", str(again), "--inbox", "shop")
    assert shop("contact", "show", "ha@khach.example").status == 1
    assert shop.ok("search", "thiếu", "--json").lines == []


def test_nothing_is_forgotten_while_an_answer_is_on_its_way(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("reply", numbers[0], "Dạ shop gửi bù ạ")
    with database(shop) as db:
        db.write_now(lambda tx: tx.run("UPDATE outbox SET state = 'sending'"))
    assert shop("contact", "forget", "ha@khach.example", "--yes", "--json").error["code"] == "under_way"
    assert len(shop.ok("search", "DH20381", "--json").lines) == 1


# -- other data ------------------------------------------------------------------------------------------------------


def test_link_eval(shop: Unibox, tmp_path: Path) -> None:
    people_file, truth = tmp_path / "people.csv", tmp_path / "truth.csv"
    people_file.write_text(
        "id,name,email,phone,email_verified,phone_verified,order\n"
        "1,Nguyễn Thị Hà,ha.ng+shop@gmail.com,,1,0,\n"
        "2,Hà Nguyễn,hang@gmail.com,,1,0,\n"
        "3,bé heo,,0903 111 224,0,0,DH20381\n"
        "4,Minh,,+84903111224,0,1,\n"
        "5,Lan,info@cty.example,,1,0,\n"
        "6,Mai,info@cty.example,,1,0,\n",
        "utf-8",
    )
    truth.write_text("id_a,id_b\n2,1\n3,4\n", "utf-8")
    found = shop.ok("contact", "link-eval", str(people_file), "--truth", str(truth), "--json", "--pairs").one
    assert found["automatic"] == {"pairs": 1, "right": 1, "precision": 1.0, "recall": 0.5}
    assert found["suggested"]["right"] == 1
    assert found["all"] == {"pairs": 2, "right": 2, "precision": 1.0, "recall": 1.0}
    assert found["found"][0]["id_a"] == "1"
    assert "automatic" in shop.ok("contact", "link-eval", str(people_file), "--truth", str(truth)).out
    truth.write_text("id_a,id_b\n1,77\n", "utf-8")
    assert shop("contact", "link-eval", str(people_file), "--truth", str(truth), "--json").error["code"] == "WrongUse"
    people_file.write_text("id,fone\n1,2\n", "utf-8")
    assert shop("contact", "link-eval", str(people_file), "--truth", str(truth)).status == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_automatic_joins_of_link_eval_are_right_among_the_traps_of_real_lists(
    shop: Unibox, tmp_path: Path, seed: int
) -> None:
    people_file, truth = Town(seed, 4_000).write(tmp_path)
    found = shop.ok("contact", "link-eval", str(people_file), "--truth", str(truth), "--json").one
    assert found["automatic"]["pairs"] > 200
    assert found["automatic"]["precision"] >= 0.99
    assert found["suggested"]["precision"] > 0.85
    assert found["all"]["recall"] > 0.5


def test_a_found_number_is_kept_by_its_message(shop: Unibox, numbers: list[str]) -> None:
    live(shop, "ha@khach.example", "gọi em 0912 000 678 nhé", 81)
    [message] = shop.ok("story", "ha@khach.example", "--search", "0912000678", "--json").lines
    done = shop.ok("contact", "keep", message["id"], "phone", "0912 000 678", "--json").one
    assert done["value"] == "+84912000678"
    keys = shop.ok("contact", "show", "ha@khach.example", "--json").one["keys"]
    assert ("phone", "+84912000678", False, message["id"]) in [
        (key["kind"], key["value"], key["verified"], key["message_id"]) for key in keys
    ]
    assert shop("contact", "keep", message["id"], "phone", "12").status == 2
