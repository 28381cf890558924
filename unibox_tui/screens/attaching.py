"""A file put to what is written: refused at once where the way out would refuse it."""

from __future__ import annotations

from pathlib import PurePath

from unibox_tui.domain.errors import Refused
from unibox_tui.domain.policy import refused_file
from unibox_tui.locale import _
from unibox_tui.screens.ports import Host
from unibox_tui.views.files import file_refusal
from unibox_tui.views.models import Way


def look_at(host: Host, way: Way | None, path: str) -> None:
    """`way`: of an answer; None for what only colleagues see. Raises Refused, or what the machine says of the file."""
    if way is not None and not way.attachments:
        raise Refused(
            _("{inbox} takes no files.").format(inbox=way.title), hint=_("Send a link, or choose another inbox.")
        )
    size, media_type = host.measure_file(path)
    if way is not None and (refused := refused_file(way, size, media_type)) is not None:
        raise file_refusal(*refused, way.title, PurePath(path).name)
