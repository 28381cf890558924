"""Why a file does not go through an inbox, with its size and the most that is taken as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unibox_tui.domain.errors import Refused
from unibox_tui.domain.saying import say
from unibox_tui.domain.sizes import size_said
from unibox_tui.locale import N_
from unibox_tui.text.safe import safe_line

FILE_REFUSALS = {
    "attachment_too_big": (
        N_("{name} has {size}; {title} takes at most {limit}."),
        N_("Send a smaller one or a link."),
    ),
    "attachment_type": (
        N_("{title} takes no files of the kind {type}."),
        N_("Send it as a picture or PDF, or a link."),
    ),
}


def file_refusal(reason: str, detail: Mapping[str, Any], title: str, name: str = "") -> Refused:
    """`detail`: what the decision says of it, in bytes. `name` of the file, "" when it is not known which."""
    message, hint = FILE_REFUSALS[reason]
    values = dict(detail)
    if reason == "attachment_too_big":
        values = {
            "name": safe_line(name) or say("A file"),
            "size": size_said(detail["size"]),
            "limit": size_said(detail["limit"], up=False),
        }
    return Refused(say(message, title=title, **values), hint=hint, code=reason)
