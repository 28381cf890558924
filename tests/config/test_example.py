from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.config.conftest import PigeonSettings
from unibox_tui.config import Config, parse
from unibox_tui.config.example import example_toml, toml_value
from unibox_tui.connectors import registry

COMMITTED = Path(__file__).parents[2] / "config.example.toml"


def test_the_committed_file_is_current() -> None:
    assert COMMITTED.read_text("utf-8") == example_toml(), (
        "run: python -m unibox_tui.config.example > config.example.toml"
    )


def test_it_is_a_good_configuration_with_an_inbox_of_every_channel() -> None:
    config = parse(COMMITTED.read_text("utf-8"), COMMITTED)
    assert set(config.channels.values()) == set(registry.CHANNELS)
    assert set(config.inboxes) == set(config.channels)


def test_every_setting_of_every_channel_is_in_it(pigeon: None) -> None:
    text = example_toml()
    for channel in registry.CHANNELS:
        for field in dataclasses.fields(registry.settings_class(channel)):
            assert f"{field.name} = " in text, (channel, field.name)
    for field in dataclasses.fields(PigeonSettings):
        assert not field.metadata["secret"]


def test_everything_commented_out_is_right_too(pigeon: None) -> None:
    """Whoever takes the `# ` away gets a good file. Also: what it says about defaults is so."""
    lines = []
    for line in example_toml().splitlines():
        bare = line.removeprefix("# ")
        key = bare.partition(" = ")[0]
        if " = " in bare and key.replace("_", "").isalnum() and key.islower():
            line = bare
        lines.append(line)
    text = "\n".join(lines)
    assert len(tomllib.loads(text)["ui"]) == len(dataclasses.fields(Config().ui))
    config = parse(text, COMMITTED)
    assert config.ui == dataclasses.replace(Config().ui, editor=("nvim",))
    assert config.web == dataclasses.replace(Config().web, public_url="https://inbox.shop-a.example")


def test_the_file_to_begin_with_sets_nothing(pigeon: None) -> None:
    text = example_toml(active=False)
    assert parse(text, COMMITTED) == Config(path=COMMITTED)
    assert '# channel = "pigeon"' in text
    assert "# Secrets it may have: whistle." in text


@pytest.mark.parametrize(
    "value",
    [
        True,
        0,
        -3,
        2.5,
        "",
        'a "b" \\ c',
        "dòng 1\ndòng 2\t\x7f",
        "ครับ",
        [],
        ["a", "b"],
        [[1], [2]],
        {"a b": 1, "c": ["d"]},
    ],
)
def test_values_come_back_as_they_were(value: Any) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value
