"""Address books: what is written is read back, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.vcard import read, written

_WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=60)


@given(
    name=_WORDS, phone=st.from_regex(r"\+\d{8,14}", fullmatch=True), note=st.lists(_WORDS, max_size=3).map("\n".join)
)
def test_what_is_written_is_read_back(name: str, phone: str, note: str) -> None:
    text = written("0190", name, [phone], ["a@khach.example"], note)
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    [card] = read(text)
    assert (card.name, card.phones, card.emails, card.note) == (name, [phone], ["a@khach.example"], note)


def test_old_and_folded_cards() -> None:
    text = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:H=C3=A0;Nguy=E1=BB=85n\n"
        "item1.TEL;CELL:0903\n 111224\nEND:VCARD\nnoise\nBEGIN:VCARD\nFN:Lan\nEND:VCARD\n"
    )
    first, second = read(text)
    assert (first.name, first.phones, first.line) == ("Hà Nguyễn", ["0903111224"], 1)
    assert (second.name, second.phones) == ("Lan", [])


def test_a_card_without_an_end_is_no_card() -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(read("x\nBEGIN:VCARD\nFN:Lan\n"))
