"""Programs and macros from the command line."""

from __future__ import annotations

import json
import os
import stat
import sys

from tests.cli.conftest import ME, Unibox


def test_a_conversation_is_piped_as_text_and_as_json(shop: Unibox, numbers: list[str]) -> None:
    text = shop.ok("pipe", numbers[0], "cat").out
    assert text.startswith(f"#{numbers[0]} Nguyễn Thị Hà: Đơn giao thiếu")
    assert "Shop ơi em nhận thiếu 1 áo, đơn DH20381" in text
    ran = shop.ok("pipe", numbers[0], "--as", "json", "--json", "cat").one
    assert json.loads(ran["text"])["messages"][0]["text"].startswith("Shop ơi")
    assert shop("pipe", numbers[0], "/no/such/program").status == 1
    failed = shop("pipe", numbers[0], "--json", sys.executable, "-c", "import sys; sys.exit('kaputt')")
    assert (failed.status, json.loads(failed.out)["text"].strip()) == (1, "kaputt")


def test_a_command_of_the_configuration(shop: Unibox, numbers: list[str]) -> None:
    config = shop.folder / "config.toml"
    config.write_text(
        config.read_text()
        + f"""
[commands.parcel]
command = [{sys.executable!r}, "-c", "import sys; print(sys.argv[1:], len(sys.stdin.read()) > 0)", "{{code}}", "{{conversation}}", "{{agent}}"]
ask = [{{ name = "code", text = "Mã vận đơn?" }}, {{ name = "by", kind = "menu", choices = ["GHN", "Kerry"] }}]
"""
    )
    printed = shop.ok("run", "parcel", numbers[0], "--set", "code=GH 1; rm -rf /", "--set", "by=GHN").out
    assert printed.strip() == f"['GH 1; rm -rf /', '{numbers[0]}', '{ME}'] True"
    assert shop("run", "parcel", numbers[0], "--set", "code=1").status == 2
    assert shop("run", "parcel", numbers[0], "--set", "code=1", "--set", "by=DHL").status == 2
    assert "parcel" in shop("run", "nothing", "--json").error["hint"]
    os.chmod(config, 0o666)  # others could have written it
    assert "others may write it" in shop("run", "parcel", numbers[0]).err


def test_macros_are_kept_in_a_file_of_ones_own_and_played(shop: Unibox, numbers: list[str]) -> None:
    shop.ok("macro", "set", "a", "label giao thiếu", "snooze 2h even if they reply", "--title", "thiếu", "--key", "g 1")
    path = shop.folder / "macros.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("# của An\n" + path.read_text())
    shop.ok("macro", "set", "b", "down", "resolve")
    assert "# của An" in path.read_text()
    first, second = shop.ok("macro", "list", "--json").lines
    assert first == {"letter": "a", "title": "thiếu", "key": "g 1", "steps": ["label giao thiếu", "snooze 2h even if they reply"]}  # fmt: skip
    shop.ok("reopen", *numbers)
    assert len(shop.ok("macro", "play", "a", *numbers[:2], "--json").lines) == 4
    assert {row["id"] for row in shop.ok("ls", "status:snoozed", "--json").lines} == {int(n) for n in numbers[:2]}
    assert [line["wakes"] for line in shop.ok("snoozed", "--json").lines] == [False, False]
    assert "works on the screen only" in shop("macro", "play", second["letter"], numbers[0]).err
    assert shop("macro", "set", "ab", "resolve").status == 2
    assert shop("macro", "set", "c", "frobnicate").status == 2
    shop.ok("macro", "set", "d", "resolve", "assign nobody-here")
    assert "step 2 of 2, “assign nobody-here”: No agent" in shop("macro", "play", "d", numbers[2]).err
    shop.ok("macro", "remove", "b")
    os.chmod(path, 0o622)
    assert "others may write it" in shop("macro", "play", "a", numbers[0]).err
