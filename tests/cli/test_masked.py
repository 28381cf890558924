"""Who may not see whole phone numbers sees none beside messages, whatever the verb."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import ME, Unibox
from tests.cli.test_contact import database

WHOLE = "912000678"


@pytest.fixture
def masked(shop: Unibox) -> Unibox:
    """A customer who is called by a phone number, as networks call who has no name."""
    shop.ok("contact", "set", "ha@khach.example", "name=0912 000 678")
    with database(shop) as db:
        db.write_now(lambda tx: tx.run("UPDATE identity SET name = '0912 000 678' WHERE address = 'ha@khach.example'"))
    config = shop.folder / "config.toml"
    config.write_text(config.read_text() + f'\n[privacy]\nmask_phones_for = ["{ME}"]\n')
    return shop


def test_lists_and_threads_show_no_whole_number(masked: Unibox, numbers: list[str]) -> None:
    number = numbers[0]
    for call in (
        ("ls",),
        ("show", number),
        ("story", f"#{number}"),
        ("history", number),
        ("search", "DH20381"),
        ("outbox", "list", "--sent"),
        ("panel", f"#{number}", "--input"),
    ):
        for form in ((), ("--json",)):
            said = masked.ok(*call, *form).out
            assert WHOLE not in said.replace(" ", ""), call
    assert WHOLE not in masked.ok("pipe", number, "cat").out.replace(" ", "")
    assert masked.ok("show", number, "--json").one["contact"] == "•••• ••• 678"


def test_what_cannot_be_masked_is_not_handed_out(masked: Unibox, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    for call in (
        ("export",),
        ("export", "--output", str(out)),
        ("contact", "dossier", "ha@khach.example", "--json"),
        ("contact", "dossier", "ha@khach.example", "--out", str(out)),
    ):
        refused = masked(*call)
        assert refused.status == 1, call
        assert "mask_phones_for" in refused.err, call
        assert WHOLE not in refused.out
    assert not out.exists()


def test_what_another_system_says_is_masked_but_for_its_links(masked: Unibox, tmp_path: Path) -> None:
    rows = [
        {"label": "0912 000 678", "value": "ship to +84912000678", "action": {"copy": "0912000678"}},
        {"label": "#7", "value": "590000 VND", "action": {"open": "https://shop.example/0912000678"}},
    ]
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"rows": rows}))
    config = masked.folder / "config.toml"
    config.write_text(config.read_text() + f'\n[panels.shop]\ncommand = ["/bin/cat", "{answer}"]\n')
    first, second = masked.ok("panel", "ha@khach.example", "--json").one["rows"]
    assert WHOLE not in json.dumps(first).replace(" ", "")
    assert (second["value"], second["action"]) == ("590000 VND", rows[1]["action"])
