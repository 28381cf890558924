"""What came without words is stored as a word in brackets, in English: `[sticker]`, `[image, not shown]`, `[call, 2:05]`."""

from __future__ import annotations

import re
from typing import Final

from unibox_tui.locale import N_, _, term

_WHOLE: Final = frozenset(
    {
        N_("[sticker]"),
        N_("[button]"),
        N_("[poll]"),
        N_("[order]"),
        N_("[form]"),
        N_("[form filled in]"),
        N_("[business card]"),
        N_("[empty message]"),
        N_("[voicemail]"),
        N_("[missed call]"),
        N_("[ringing …]"),
        N_("[calling …]"),
        N_("[call going on]"),
        N_("[call not answered]"),
        N_("[call, not answered]"),
        N_("[call, its end was not heard]"),
        N_("[link to call the customer]"),
        N_("[link for the customer to call us]"),
        N_("[asked to be allowed to call]"),
        N_("[mentioned us in a story]"),
        N_("[message, not shown: WhatsApp does not pass it on]"),
        N_("[withdraws consent and asks for their data to be erased]"),
    }
)
_CALL = re.compile(r"\[call, ([0-9]+(?::[0-9]{2})+|[0-9]+ s)\]")
_UNSHOWN = re.compile(r"\[([^\[\],]{1,40}), not shown\]")


def said(text: str) -> str:
    """`text` in the current language where it is such a word and nothing else; any other text as it is."""
    if not text.startswith("[") or not text.endswith("]"):
        return text
    if text in _WHOLE:
        return _(text)
    if call := _CALL.fullmatch(text):
        return _("[call, {length}]").format(length=call[1])
    if unshown := _UNSHOWN.fullmatch(text):
        return _("[{kind}, not shown]").format(kind=term("content", unshown[1]))
    return text
