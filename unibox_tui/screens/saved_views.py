"""Views made and changed from the screen, and the filters sellers live on, a key each."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.locale import _
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

CYCLES = {"phone": ("has:phone", "-has:phone"), "read": ("is:unread", "is:read")}
_TERM = r"(?:(?<=\s)|^)-?{name}:(?:\"[^\"]*\"|\S)+"


class SavedViews:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen

    def command(self, words: str) -> None:
        """`save NAME`, `share NAME`, `rename NEW`, `remove`, `move PLACE` (both of the view on show), or a view's name."""
        verb, _space, rest = words.strip().partition(" ")
        rest = rest.strip()
        known = {"save": self._save, "share": self._share, "rename": self._rename, "move": self._move}
        if verb in known and rest:
            known[verb](rest)
        elif verb == "remove":
            self._remove(rest or self._here())
        else:
            self._choose(words.strip())

    def _choose(self, name: str) -> None:
        lists = self.screen.lists
        found = next((tab for tab in lists.tabs if name in (tab.key, tab.name)), None)
        if found is None:
            raise WrongUse(_("There is no view “{name}”.").format(name=name), hint=_("`:view save NAME` keeps what is on show."))  # fmt: skip
        lists.choose_view(found.key)

    def _save(self, name: str, *, shared: bool = False) -> None:
        query = self.screen.lists.query
        if not query:
            raise Refused(_("There is no query to keep."), hint=_("{key} narrows the list first.").format(key="\\"))
        self.screen.workspace.hands.save_view(name, query, shared=shared)
        self._again(name)
        self.screen.news(_("view {name}: {query}").format(name=name, query=query))

    def _share(self, name: str) -> None:
        self._save(name, shared=True)

    def _rename(self, new: str) -> None:
        self.screen.workspace.hands.rename_view(self._here(), new)
        self._again(new)

    def _remove(self, name: str) -> None:
        self.screen.workspace.hands.remove_view(name)
        first = self.screen.lists.tabs[0].key
        self._again(first if self.screen.lists.asked.view == name else self.screen.lists.asked.view)
        self.screen.news(_("view {name} is gone").format(name=name))

    def _move(self, place: str) -> None:
        if not place.isdigit() or not int(place):
            raise WrongUse(_("To which place? 1 is the first of the saved views."))
        name = self._here()
        self.screen.workspace.hands.move_view(name, int(place))
        self._again(name)

    def _here(self) -> str:
        here = self.screen.lists.asked.view
        if here not in {view.name for view in self.screen.workspace.hands.saved_views()}:
            raise Refused(_("This view is built in."), hint=_("`:view save NAME` keeps what is on show."))
        return here

    def _again(self, choose: str) -> None:
        """The tabs anew, the keys with them, and into a view."""
        screen = self.screen
        screen.commands.hands.rebind()
        screen.keyboard.hold()

        async def read() -> None:
            screen.lists.tabs = await screen.workspace.tabs()
            screen.lists.choose_view(choose)

        screen.work(read(), "tabs", after=screen.keyboard.release)

    # Filters of one key

    def cycle(self, kind: str) -> None:
        """With, without, both."""
        states = CYCLES[kind]
        terms = self.screen.lists.asked.filter.split()
        now = next((n for n, state in enumerate(states) if state in terms), -1)
        rest = [term for term in terms if term not in states]
        if now + 1 < len(states):
            rest.append(states[now + 1])
        self._narrow(" ".join(rest))

    def pick(self, field: str) -> None:
        """By one of its values, an owner or an inbox or the state of an order; the one that is on is taken off. Where unibox
        has no such thing yet the query language says so."""
        screen = self.screen
        pattern = re.compile(_TERM.format(name=field))
        before = " ".join(screen.lists.asked.filter.split())
        rest = " ".join(pattern.sub("", before).split())
        if rest != before:
            self._narrow(rest)
            return
        wrong = screen.workspace.check_query(f"{field}:x")
        if wrong and field == "order":
            raise Refused(wrong)
        screen.keyboard.hold()

        async def read() -> None:
            options = await screen.workspace.complete_query(f"{field}:", len(field) + 1)
            if not options:
                raise Refused(_("There is nothing to choose from."))
            choices = [
                Choice(option.value.partition(":")[2].strip('"'), option.value, words=option.text) for option in options
            ]
            screen.commands.asking.pick(_("Only:"), choices, lambda term: self._narrow(f"{rest} {term}".strip()))

        screen.work(read(), "ask", after=screen.keyboard.release)

    def _narrow(self, text: str) -> None:
        lists = self.screen.lists
        lists.ask(replace(lists.asked, filter=text))
        self.screen.news(_("filter: {query}").format(query=text) if text else _("filter off"))
