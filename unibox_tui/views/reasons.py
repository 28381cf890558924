"""Why something failed, as it was kept, in the reader's language."""

from __future__ import annotations

from unibox_tui.domain.saying import kept
from unibox_tui.locale import translated
from unibox_tui.text.safe import safe_line


def why(text: str | None) -> str:
    """For the screen; "" for nothing. In scripts, where no language is chosen, it is English."""
    return safe_line(translated(kept(text))) if text else ""
