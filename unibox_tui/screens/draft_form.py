"""What is being written as a draft keeps it, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.screens.ports import Draft
from unibox_tui.views.models import Way
from unibox_tui.widgets.composer import Writing
from unibox_tui.widgets.envelope import Envelope


def kept(writing: Writing, text: str, caret: int, way: Way | None, new: Mapping[str, Any]) -> Draft | None:
    """None: there is nothing worth keeping. `new`: of a first message its inbox, address, subject."""
    if not text.strip() and not writing.files and not writing.held:
        return None
    options = {
        "reply_all": writing.reply_all,
        "files": list(writing.files),
        "to": writing.to,
        "source_n": writing.source_n,
        "new": dict(new) if writing.mode == "new" else {},
        **writing.envelope.options(),
        "variant": writing.variant,
        "key": writing.key,
        "apart": writing.apart,
        "buttons": list(writing.buttons),
        "held": [dict(file) for file in writing.held],
        "assisted": writing.assisted,
        "answers": writing.quoting.n if writing.quoting else None,
    }
    return Draft(
        writing.mode,
        text,
        caret,
        way.inbox_id if way else None,
        way.identity_id if way else None,
        {name: value for name, value in options.items() if value or name == "quote"},
        writing.quoting,
    )


def taken_up(draft: Draft, ways: Sequence[Way], otherwise: int) -> Writing:
    """`otherwise`: the place of the way where that of the draft is not there any more."""
    options = draft.options
    place = next(
        (n for n, way in enumerate(ways) if way.inbox_id == draft.inbox_id and way.identity_id == draft.identity_id),
        otherwise,
    )
    return Writing(
        draft.mode,
        place,
        bool(options.get("reply_all")),
        tuple(options.get("files", ())),
        str(options.get("to", "")),
        options.get("source_n"),
        str(options.get("variant", "")),
        str(options.get("key", "")),
        bool(options.get("apart")),
        tuple(options.get("buttons", ())),
        tuple(options.get("held", ())),
        bool(options.get("assisted")),
        envelope=Envelope.of(options),
        quoting=draft.quoted,
    )
