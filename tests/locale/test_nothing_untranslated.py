"""No English reaches the screen but what customers, colleagues and settings say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from tests.locale.pseudo import Pseudo, disguised, plain_words
from tests.support.fake_workspace import AGENTS, NOW, FakeDone, FakeWorkspace, entry, way
from tests.support.screen_text import running, settle, shown, type_text
from unibox_tui import locale
from unibox_tui.actions import ACTIONS
from unibox_tui.domain.errors import Conflict
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import CHANNEL_MARKS
from unibox_tui.views.models import HealthLine, Tab
from unibox_tui.workspace import view_names

# Fields of view models that hold what people and settings say, not words of ours.
DATA = {
    "name", "snippet", "subject", "text", "hidden_text", "author", "inbox", "title", "address", "labels", "files", "me",
    "carrier", "tracking", "assignee_display", "who", "what", "contact", "author_display", "to", "attributes", "note", "value", "detail", "inboxes",
}  # fmt: skip
# Keys, units, names: the same in all languages.
ALLOWED = {"Esc", "Enter", "Tab", "Ctrl", "Alt", "Space", "Home", "End", "PgUp", "PgDn", "unibox", "kB", "MB"}


def said_by(thing: Any, *, here: bool = False) -> Iterator[str]:
    if isinstance(thing, str):
        if here:
            yield thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for one in fields(thing):
            yield from said_by(getattr(thing, one.name), here=here or one.name in DATA)
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from said_by(value, here=here)
    elif isinstance(thing, Sequence):
        for one in thing:
            yield from said_by(one, here=here)


class Speaking(FakeWorkspace):
    """With the real names of the views, the desk's own sentences, and every kind of trouble."""

    def __init__(self) -> None:
        super().__init__(12)
        self.health_.append(
            HealthLine(3, "fb", "Page B", "messenger", "FB", "broken", "backfill", None, NOW, None, "The channel takes no files.",
                       "Check the name and the network.", None, 0, 0, 3, 0, 2)
        )  # fmt: skip
        self.rows_[2] = self._changed(2, status="pending", priority="urgent")
        self.rows_[3] = self._changed(3, status="snoozed", snoozed_until=NOW + 86_400_000)
        self.rows_[4] = self._changed(4, failed=1, closes_at=NOW + 3_600_000)
        states = ("held", "queued", "failed", "unknown", "cancelled")
        ours = {"direction": "out", "author_kind": "agent", "author": "An", "mine": True}
        self.entries[10_478] = [
            entry(10_478, NOW - (9 - n) * 3_600_000, "dạ", state=state, reason="unibox was stopped while sending." if state == "failed" else "", **ours)
            for n, state in enumerate(states)
        ]  # fmt: skip
        self.suggest[10_481] = 10_480

    def _changed(self, place: int, **values: Any) -> Any:
        from dataclasses import replace

        return replace(self.rows_[place], **values)

    async def tabs(self) -> Sequence[Tab]:
        tabs = await super().tabs()
        names = view_names()
        return [Tab(tab.key, names[f"view.{tab.key}"], tab.query, tab.count, tab.urgent) for tab in tabs]

    async def perform(self, call: str, args: Any, targets: Sequence[int]) -> Any:
        done = await super().perform(call, args, targets)
        return FakeDone(say("{what} resolved", what=f"#{targets[0]}"), done.conversations)

    def data(self) -> set[str]:
        people = [*self.rows_, *self.entries.values(), *self.health_]
        return plain_words(" ".join(said_by(people)))


@pytest.fixture
def workspace() -> Iterator[Speaking]:
    locale.speak("en", Pseudo())
    yield Speaking()
    locale.set_language("en")


SCREENS = {
    "list": "",
    "thread": "\n",
    "panel": "\ni",
    "trouble in a thread": "jjjj\n",
    "suggested join": "j\n",
    "reply": "r",
    "note": "n",
    "snooze": "z",
    "priority": "P",
    "assign": "A",
    "label": "l",
    "join": "gj",
    "views": "gv",
    "help": "?",
    "command": ":",
    "unknown command": ":nosuch\n",
    "wrong number": ":open abc\n",
    "search": "/zzz",
    "filter": "\\",
    "nothing found": "/zzzz\n",
    "health": "gh",
    "outbox": "go",
    "quarantine": "gu",
    "history": "H",
    "way": "r\x18",
    "done": "e",
    "marked": "v",
    "unknown key": "Q",
    "new": "c",
    "save without a file": "\nw",
    "repeat nothing": ".",
    "chord": "g",
    "palette": "\x10",
}
# What the workspace in memory says of itself on these pages is data, given by these names.
GIVEN = {
    "history": {"wrote", "through", "Zalo", "Shop", "took", "it", "key", "label", "rule", "thieu", "An"},
    "outbox": {"mailbox", "full"},
    "quarantine": {"quarantine", "replay"},
    "command": {action.typed for action in ACTIONS},
    "unknown command": {"nosuch"},
    "wrong number": {"abc"},
    "search": {"zzz"},
    "nothing found": {"zzzz"},
    "filter": {"owner", "is", "an", "open", "snoozed"},
    "views": {"owner", "is", "an", "open", "snoozed", "nobody"},
}
CONTROL = {"\x18": "ctrl+x", "\x10": "ctrl+p"}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("size", [(120, 30), (40, 20)])
async def test_every_word_is_of_the_catalogue_or_of_the_data(
    workspace: Speaking, screen: str, size: tuple[int, int]
) -> None:
    async with running(size, workspace) as (app, pilot, _):
        for key in SCREENS[screen]:
            if key in CONTROL:
                await pilot.press(CONTROL[key])
            else:
                await type_text(pilot, key)
        await settle(pilot, 0.3)
        picture = "\n".join(shown(app))
        panel = await workspace.panel(10_482)
        thread = await workspace.thread(10_482)
        allowed = ALLOWED | workspace.data() | plain_words(" ".join(said_by([panel, thread, list(AGENTS.values())])))
        allowed |= plain_words(" ".join(CHANNEL_MARKS.values())) | {"an", "vi", "binh", "shop", "example", "Email"}
        allowed |= {part for word in GIVEN.get(screen, ()) for part in plain_words(word)}
        left = {word for word in plain_words(picture) if not any(known.startswith(word) for known in allowed)}
        assert not left, f"{sorted(left)} on:\n{picture}"
        assert any("Α" <= letter <= "ϋ" for letter in picture)


async def test_errors_stand_at_the_foot_in_the_language(workspace: Speaking) -> None:
    async with running((120, 30), workspace) as (app, pilot, _):
        workspace.refuse = Conflict(
            say("{who} has #{top} already.", who="Bình", top=4), hint="Nothing was changed; your draft is kept."
        )
        await type_text(pilot, "e")
        foot = shown(app)[-1]
        assert disguised("{who} has #{top} already.").format(who="Bình", top=4) in foot
        assert disguised("Nothing was changed") in foot


def test_the_disguise_shows_what_was_forgotten() -> None:
    assert plain_words(disguised("{n} new in `unibox ls`").format(n=3)) == {"unibox", "ls"}
    assert plain_words(disguised("Nothing found")) == set()


def test_every_thing_that_is_data_is_known() -> None:
    """The list above stays honest: words of ours (status, state, phase) are not among the data."""
    assert not DATA & {"status", "state", "phase", "priority", "kind", "direction", "reason", "error", "hint", "why"}
    assert way("email", "Email", "a@b.example", 1).title in set(said_by(way("email", "Email", "a@b.example", 1)))
