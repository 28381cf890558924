"""What leaves the screen: the clipboard, links, files, the agent's own editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.views.models import Entry, FileLine
from unibox_tui.widgets.sheet import Choice
from unibox_tui.widgets.when import size

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen


def _entry(screen: InboxScreen) -> Entry:
    entry = screen.thread.cursor
    if entry is None:
        raise Refused(_("Open the conversation first."), hint=_("{key} opens it.").format(key=_("Enter")))
    return entry


def _copy(screen: InboxScreen, text: str, what: str) -> None:
    screen.workspace.host.copy(text)
    screen.news(_("copied {what}").format(what=what))


def copy_here(screen: InboxScreen) -> None:
    """The message under the cursor; in the customer's panel what stands in the line under it."""
    if screen.pane == "panel" and screen.panel.subject is not None:
        value = screen.customer.row_value()
        _copy(screen, value, value)
    else:
        copy_message(screen)


def copy_message(screen: InboxScreen) -> None:
    _copy(screen, _entry(screen).text, _("the message"))


def copy_number(screen: InboxScreen) -> None:
    id = screen.list.cursor.id if screen.pane == "list" and screen.list.cursor else screen.talk.conversation
    if id is None:
        raise Refused(_("No conversation is chosen."))
    _copy(screen, f"#{id}", f"#{id}")


def copy_address(screen: InboxScreen) -> None:
    panel = screen.panel.panel
    addresses = [identity.address for identity in panel.identities if identity.address] if panel else []
    if not addresses:
        raise Refused(_("No address is known of this customer."))
    if len(addresses) == 1:
        _copy(screen, addresses[0], addresses[0])
        return
    choices = [Choice(address, address) for address in addresses]
    screen.commands.asking.pick(_("Copy:"), choices, lambda address: _copy(screen, address, address))


def links_of(entry: Entry) -> list[str]:
    from unibox_tui.text.links import find_urls

    return list(dict.fromkeys(found.value for found in find_urls(f"{entry.text}\n{entry.hidden_text}")))


def _with_link(screen: InboxScreen, prompt: str, act: Callable[[str], None]) -> None:
    found = links_of(_entry(screen))
    if not found:
        raise Refused(_("This message has no link."))
    if len(found) == 1:
        act(found[0])
    else:
        screen.commands.asking.pick(prompt, [Choice(url, url) for url in found], act)


def copy_link(screen: InboxScreen) -> None:
    _with_link(screen, _("Copy:"), lambda url: _copy(screen, url, url))


def open_link(screen: InboxScreen) -> None:
    _with_link(screen, _("Open:"), screen.workspace.host.open_link)


def _with_file(screen: InboxScreen, prompt: str, act: Callable[[FileLine], None]) -> None:
    files = _entry(screen).files
    if not files:
        raise Refused(_("This message has no file."))
    if len(files) == 1:
        act(files[0])
    else:
        screen.commands.asking.pick(prompt, [Choice(file.name, file, size(file.size)) for file in files], act)


def _asks_anew(screen: InboxScreen, file: FileLine) -> bool:
    """A file that could not be fetched is asked for once more instead."""
    if file.state != "failed":
        return False
    from unibox_tui.actions import BY_ID

    screen.commands.run(BY_ID["fetch"])
    return True


def save_file(screen: InboxScreen, path: str | None) -> None:
    def save(file: FileLine, where: str) -> None:
        saved = screen.workspace.host.save_file(file.id, where)
        screen.news(_("saved as {path}").format(path=saved))

    def chosen(file: FileLine) -> None:
        if _asks_anew(screen, file):
            return
        if path:
            save(file, path)
        else:
            screen.commands.asking.path(_("Save as:"), lambda where: save(file, where), text=file.name)

    _with_file(screen, _("Save:"), chosen)


def open_file(screen: InboxScreen) -> None:
    """Enter in a thread: the file; a message without one folds or unfolds."""
    if not _entry(screen).files:
        screen.thread.toggle_fold()
        return

    def opens(file: FileLine) -> None:
        if not _asks_anew(screen, file):
            screen.workspace.host.open_file(file.id)

    _with_file(screen, _("Open:"), opens)


def edit_outside(screen: InboxScreen) -> None:
    """The text in the agent's own editor, the screen put away meanwhile."""
    before = screen.pen.text
    try:
        with screen.app.suspend():
            after = screen.workspace.host.edit(before)
    except SuspendNotSupported:
        after = screen.workspace.host.edit(before)
    if after.rstrip("\n") != before:
        screen.pen.edit(lambda buffer: buffer.replace(0, len(buffer.text), after.rstrip("\n")))
