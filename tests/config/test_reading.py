from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.conftest import PigeonSettings
from unibox_tui.config import Config, ConfigError, load, parse
from unibox_tui.domain.errors import NotFound, Refused, WrongUse

HERE = Path("config.toml")
GOOD = """
[workspace]
name = "Cửa hàng A"
timezone = "Asia/Ho_Chi_Minh"
store = "/srv/unibox"
mail_join = "join"
order_codes = ["DH[0-9]{5}"]

[ui]
rows = "dense"
editor = "nvim -f"

[keys.list]
resolve = ["e", "ctrl+e"]
reply = "r"
note = []

[web]
listen = "[::1]:0"

[secrets]
command = ["pass", "show", "unibox/{inbox}/{name}"]

[groups."Shop A"]
reopen_days = 3

[inbox.roof]
channel = "pigeon"
group = "Shop A"
loft = "north roof"
speed = 70
colours = ["grey", "white"]
until = "all"
names = { "7" = "Bồ Câu" }
secret_command = { whistle = ["whistle", "--show"] }

[[canned]]
shortcut = "giao"
text = "Đang giao ạ"

[views.vip]
query = "label:vip"
key = "g v"
"""


def problems(text: str, **more: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, HERE, **more)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_file(pigeon: None) -> None:
    config = parse(GOOD, HERE)
    assert config.workspace.name == "Cửa hàng A"
    assert config.workspace.order_codes == ("DH[0-9]{5}",)
    assert (config.workspace.reopen_days, config.workspace.mail_join_hours) == (14, 72)
    assert (config.ui.rows, config.ui.editor, config.ui.mouse) == ("dense", ("nvim", "-f"), False)
    assert config.keys == {"list": {"resolve": ("e", "ctrl+e"), "reply": ("r",), "note": ()}}
    assert config.web.address == ("::1", 0)
    assert config.channels == {"roof": "pigeon"}
    roof = config.inboxes["roof"]
    assert isinstance(roof, PigeonSettings)
    assert (roof.loft, roof.speed, roof.colours, roof.until, roof.names) == (
        "north roof",
        70.0,
        ("grey", "white"),
        "all",
        {"7": "Bồ Câu"},
    )
    assert config.secret_commands == {
        "roof": {"whistle": ("whistle", "--show")},
        "*": ("pass", "show", "unibox/{inbox}/{name}"),
    }
    assert config.canned[0].text == "Đang giao ạ"
    assert config.views["vip"].key == "g v"


def test_a_brand_fills_its_gaps_from_the_workspace(pigeon: None) -> None:
    config = parse(GOOD, HERE)
    own, other = config.group("Shop A"), config.group("Shop B")
    assert (own.reopen_days, own.mail_join, own.order_codes) == (3, "join", ("DH[0-9]{5}",))
    assert (other.reopen_days, other.title) == (14, "Shop B")


def test_nothing_at_all_is_a_configuration() -> None:
    config = parse("", HERE)
    assert config == Config(path=HERE)
    assert config.web.address == ("127.0.0.1", 8787)


def test_every_problem_is_reported_at_once_with_its_line_and_a_way_out(pigeon: None) -> None:
    text = """\
# our shop
[workspace]
nmae = "x"
reopen_days = "14"

[ui]
rows = "compct"
mouse = 1

[keys.lst]
resolve = "e"
[keys.list]
resolv = "e"
note = 3

[web]
listen = "8787"

[inbox.roof]
channel = "pigeon"
speed = "fast"

[inbox."Nhà A"]
channel = "pigeon"

[inbox.cellar]
channel = "pidgeon"

[[canned]]
shortcut = "giao"
text = "x"
[[canned]]
shortcut = "giao"

[vews.a]
query = "x"
"""
    assert problems(text) == [
        'config.toml:3: [workspace] nmae: There is no such setting. Did you mean "name"?',
        "config.toml:4: [workspace] reopen_days: A whole number is needed, not text. For example: reopen_days = 14",
        "config.toml:7: [ui] rows: 'compct' is not known here. Did you mean \"compact\"?",
        "config.toml:8: [ui] mouse: True or false is needed, not a whole number. For example: mouse = false",
        'config.toml:10: [keys.lst]: There is no such place. Did you mean "list"?',
        'config.toml:13: [keys.list] resolv: There is no such action here. Did you mean "resolve"?',
        'config.toml:14: [keys.list] note: A key or a list of keys is needed. For example: note = ["e", "ctrl+e"]. None: []',
        'config.toml:17: [web] listen: write HOST:PORT, as "127.0.0.1:8787" or "[::1]:8787".',
        'config.toml:19: [inbox.roof]: "loft" is missing: where they live. Add: loft = "roof"',
        "config.toml:21: [inbox.roof] speed: A number is needed, not text. For example: speed = 80.0",
        'config.toml:23: [inbox."Nhà A"]: An inbox cannot have this name. Use small letters, digits, dot, dash and _.',
        'config.toml:27: [inbox.cellar] channel: There is no such channel. Did you mean "pigeon"?',
        'config.toml:32: [[canned]]: "text" is missing: what is written. Add: text = "Dạ đơn của mình đang trên đường giao ạ."',
        'config.toml:35: [vews]: There is no such section. Did you mean "views"?',
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("until = [1]", "[inbox.roof] until: Expected a whole number or text, not a list."),
        ("colours = [1]", "Every entry of this list must be text."),
        ('colours = "grey"', 'A list is needed, not text. For example: colours = ["grey"]'),
        ('food = "pizza"', "'pizza' is not known here. Known: corn, seeds."),
        ("birds = true", "A whole number is needed, not true or false."),
        ("birds = 2026-11-20", "A whole number is needed, not a date."),
        ("birds = 0", "[inbox.roof] birds: at least one is needed. Buy one."),
        ('whistle = "tweet"', "A secret does not belong in this file."),
        ("caller = 'a \"b'", "This is no command"),
        ("secret_command = []", "A program and its arguments are needed."),
        ('secret_command = { whistle = "x" }', "[inbox.roof] secret_command.whistle: A program and its arguments"),
    ],
)
def test_values_that_do_not_fit(pigeon: None, line: str, says: str) -> None:
    (found,) = problems(f'[inbox.roof]\nchannel = "pigeon"\nloft = "x"\n{line}\n')
    assert found.startswith("config.toml:4: ")
    assert says in found


def test_a_secret_is_never_repeated(pigeon: None) -> None:
    (found,) = problems('[inbox.roof]\nchannel = "pigeon"\nloft = "x"\nwhistle = "tweet-tweet"\n')
    assert "tweet" not in found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[workspace]\norder_codes = ["ok", "(" ]\n', ":2: [workspace] order_codes: This is no regular expression"),
        ('[workspace]\ntimezone = "Asia/Hanoi"\n', "no such time zone"),
        ("[workspace]\nreopen_days = -1\n", ":2: [workspace] reopen_days: at least 0 is needed, not -1."),
        ('[web]\ntrusted_proxies = ["10.0.0.0/8",\n "proxy"]\n', ":3: [web] trusted_proxies: This is no address"),
        ('[web]\npublic_url = "inbox.shop-a.example"\n', "no web address"),
        ('[web]\nlisten = "localhost:99999"\n', "write HOST:PORT"),
        ("workspace = 3\n", ":1: [workspace]: This must be a table, not a whole number."),
        ("[inbox]\nshop = 3\n", ":2: [inbox.shop]: This stands outside a table."),
        ("canned = 3\n", "Write [[canned]]."),
        ("[inbox.a]\n", '"channel" is missing. Add one: channel = "email"'),
        (
            '[[canned]]\nshortcut="a"\ntext="1"\n[[canned]]\nshortcut="A"\ntext="2"\n',
            ":5: [[canned]] shortcut: Another stored answer has this shortcut.",
        ),
    ],
)
def test_values_of_the_workspace(text: str, says: str) -> None:
    (found,) = problems(text)
    assert says in found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[ui]\nrows = dense\n", 2),
        ('[ui]\nrows = "dense\n', 2),
        ("[ui\n", 1),
    ],
)
def test_what_is_no_toml_names_the_line(text: str, line: int) -> None:
    (found,) = problems(text)
    assert found.startswith(f"config.toml:{line}: This is not TOML: ")


def test_a_config_error_is_wrong_use() -> None:
    """The command line ends with status 2 for it."""
    with pytest.raises(WrongUse):
        parse("[nothing]", HERE)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="unibox init"):
        load(tmp_path / "config.toml")
    assert load(tmp_path / "config.toml", missing_ok=True) == Config(path=tmp_path / "config.toml")


def test_files_as_editors_on_other_systems_write_them(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbf[ui]\r\nrows = "dense"\r\n')
    assert load(path).ui.rows == "dense"
    path.write_bytes(b"[ui]\n# \xff\n")
    with pytest.raises(ConfigError, match=r"config.toml:2: This is not UTF-8"):
        load(path)


RUNS = """\
[ui]
rows = "dense"
editor = ["vim"]
[secrets]
command = ["pass"]
[inbox.roof]
channel = "pigeon"
loft = "x"
caller = ["tweet"]
secret_command = ["pass"]
"""


def test_programs_are_refused_from_a_file_others_can_write(pigeon: None, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(RUNS)
    path.chmod(0o620)
    with pytest.raises(ConfigError) as caught:
        load(path, inboxes=True)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (3, "[ui] editor"),
        (5, "[secrets] command"),
        (9, "[inbox.roof] caller"),
        (10, "[inbox.roof] secret_command"),
    ]
    assert "others may write it (mode 0620)" in str(caught.value)
    path.chmod(0o644)
    assert load(path, inboxes=True).secret_commands["roof"] == ("pass",)


def test_programs_are_refused_from_a_file_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[ui]\nrows = "dense"\nopener = "xdg-open"\n')
    if os.geteuid() == 0:
        os.chown(path, 60001, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 60001)
    with pytest.raises(ConfigError, match=r":3: \[ui\] opener: Programs are not taken .* another account"):
        load(path)
    path.write_text('[ui]\nrows = "dense"\n')
    config = load(path)
    assert config.ui.rows == "dense", "what runs nothing may come from anybody"
    with pytest.raises(Refused, match="Sending: it belongs to another account"):
        config.require_trusted("Sending")


def test_sendmail_of_a_real_channel_counts_as_a_program() -> None:
    from dataclasses import fields

    from unibox_tui.config.convert import runs
    from unibox_tui.connectors.registry import settings_class

    assert {field.name for field in fields(settings_class("email")) if runs(field)} == {"sendmail"}


def test_reading_it_for_the_screen_loads_nothing_heavy(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[ui]\nrows = "dense"\n[inbox.a]\nchannel = "email"\naddress = "mai@shop-a.example"\n')
    code = (
        "import sys; from pathlib import Path; from unibox_tui.config import load; load(Path(sys.argv[1]));"
        "print(*{'tomlkit', 'watchfiles', 'keyring', 'msgspec', 'imapclient', 'difflib', 'asyncio', 'subprocess',"
        "'unibox_tui.connectors.email'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    assert out.strip() == ""


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[ui]\nrows = "auto"\n[web]\n[ui]\nmouse = true\n', 4, "[ui]: This table stands twice."),
        ("[inbox.a]\n[inbox.a]\n", 2, "[inbox.a]: This table stands twice."),
        ("[ui]\nmouse = true\nmouse = false\n", 3, "This key stands twice"),
    ],
)
def test_what_stands_twice_is_named(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError) as caught:
        parse(text, path)
    assert f"{path}:{line}: {said}" in str(caught.value)
