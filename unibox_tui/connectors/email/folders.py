"""Which folders of a mailbox are ours to watch, and where sent mail is kept."""

from __future__ import annotations

from collections.abc import Mapping

from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.errors import Misconfigured
from unibox_tui.domain.saying import say

COMMON_SENT = ("Sent", "Sent Items", "Sent Messages", "Sent Mail", "Gesendet", "Thư đã gửi", "Đã gửi", "จดหมายที่ส่ง")
PREFIXES = ("", "INBOX.", "INBOX/")


def watched(settings: EmailSettings, there: Mapping[str, frozenset[bytes]]) -> list[str]:
    """The folders to pull, the one to listen to first. Raises Misconfigured when one that is named does not exist."""
    names = [_named(settings, name, there) for name in settings.folders]
    sent = sent_folder(settings, there) if settings.watch_sent else None
    if sent is not None and sent not in names:
        names.append(sent)
    return names


def sent_folder(settings: EmailSettings, there: Mapping[str, frozenset[bytes]]) -> str | None:
    """None: none was found. Raises Misconfigured when the one that is named does not exist."""
    if settings.sent_folder:
        return _named(settings, settings.sent_folder, there)
    for name, flags in there.items():
        if b"\\sent" in flags:
            return name
    by_fold = {name.casefold(): name for name in there}
    for prefix in PREFIXES:
        for common in COMMON_SENT:
            if found := by_fold.get(f"{prefix}{common}".casefold()):
                return found
    return None


def places_of_sent(settings: EmailSettings, there: Mapping[str, frozenset[bytes]]) -> list[str]:
    """Where a mail that we sent may be found: Sent, then the folder of all mail."""
    sent = sent_folder(settings, there)
    everything = [name for name, flags in there.items() if b"\\all" in flags]
    return [name for name in dict.fromkeys([sent, *everything]) if name is not None]


def _named(settings: EmailSettings, name: str, there: Mapping[str, frozenset[bytes]]) -> str:
    if name in there:
        return name
    for other in there:
        if other.upper() == "INBOX" == name.upper():
            return other
    known = ", ".join(sorted(there)[:30])
    raise Misconfigured(
        say("{address}: there is no folder {name!r}.", address=settings.address, name=name),
        code="folder",
        hint=say("There are: {names}.", names=known) if known else say("There is no folder yet."),
    )
