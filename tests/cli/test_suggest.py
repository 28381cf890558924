"""`unibox suggest`: asked, taught and measured from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.suggest_data import lines
from tests.cli.conftest import Unibox


@pytest.fixture
def taught(shop: Unibox, tmp_path: Path) -> Path:
    shop.ok("canned", "add", "ship", "Phí ship nội thành 20k, ngoại thành 30k ạ", "--title", "Phí ship")
    file = tmp_path / "taught.jsonl"
    rows = [
        ("phí ship về Huế bao nhiêu", "/ship"), ("ship ra Hà Nội nhiêu tiền", "ship"), ("tiền ship sao vậy shop", "/ship"),
        ("what time do you open", "We open at 8."), ("are you open on sunday", "We open at 8."),
        ("until when are you open", "We open at 8."),
    ]  # fmt: skip
    file.write_text("".join(json.dumps({"text": text, "reply": reply}) + "\n" for text, reply in rows), "utf-8")
    return file


def test_taught_asked_and_forgotten(shop: Unibox, taught: Path) -> None:
    assert shop.ok("suggest", "train", str(taught), "--json").one["taught"] == 6
    assert shop.ok("suggest", "train", str(taught), "--json").one["taught"] == 0
    best = shop.ok("suggest", "--text", "ship ve da nang bao nhieu vay", "--json").one["canned"][0]
    assert (best["shortcut"], best["text"]) == ("ship", "Phí ship nội thành 20k, ngoại thành 30k ạ")
    assert (
        shop.ok("suggest", "--text", "-", "--json", stdin=b"when do you open").one["canned"][0]["text"]
        == "We open at 8."
    )
    assert "/ship" in shop.ok("suggest", "--text", "phi ship bao nhieu").out
    assert shop.ok("suggest", "train", "--forget", "--json").one == {
        "taught": 0,
        "from_history": 0,
        "forgotten": 6,
        "examples": 0,
    }
    assert shop.ok("suggest", "--text", "phi ship bao nhieu").out == ""


def test_silence_is_an_answer(shop: Unibox, taught: Path) -> None:
    shop.ok("suggest", "train", str(taught))
    found = shop.ok("suggest", "--text", "con mèo nhà em bỏ ăn", "--json").one
    assert found["canned"] == []
    assert found["past"] == []


def test_for_a_conversation(shop: Unibox, numbers: list[str], taught: Path) -> None:
    shop.ok("suggest", "train", str(taught))
    for number in numbers:
        assert shop.ok("suggest", number, "--json").one.keys() == {"question", "canned", "past"}
    assert shop("suggest", "99999999", "--json").error["code"] == "NotFound"


def test_history_teaches(shop: Unibox, numbers: list[str]) -> None:
    before = shop.ok("suggest", "train", "--history", "--json").one
    assert before["from_history"] == before["examples"]
    assert shop.ok("suggest", "train", "--history", "--json").one["from_history"] == 0


def test_measured(shop: Unibox, tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(lines("en", 4)), "utf-8")
    report = shop.ok("suggest", "eval", str(file), "--json").one
    assert report["examples"] == 196
    assert 0.3 < report["top1"] <= report["top3"] <= 1
    said = shop.ok("suggest", "eval", str(file), "--each", "2").out
    assert "top-1" in said
    assert "coverage" in said


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"text": "a"}', '{"text": 1, "reply": "b"}', '{"text": " ", "reply": "b"}', "[" * 100_000, "\\xff"]
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_is_learned(shop: Unibox, tmp_path: Path, line: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "how much is it", "reply": "5 dollars it is"}\n' + line + "\n", "utf-8")
    for verb in ("train", "eval"):
        ran = shop("suggest", verb, str(file))
        assert ran.status == 2
        assert "line 2" in ran.err
    assert shop.ok("suggest", "train", "--history", "--json").one["taught"] == 0
    assert shop.ok("suggest", "--text", "how much is it").out == ""


def test_wrong_use_is_said(shop: Unibox, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n", "utf-8")
    for args in ((), ("train",), ("train", str(empty)), ("eval", str(empty)), ("10001", "--text", "a")):
        assert shop("suggest", *args).status == 2
