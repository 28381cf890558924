"""Waiting out trouble of the machine (a full disk, a held lock): said once, waited longer each time, said when it is over."""

from __future__ import annotations

import logging

from unibox_tui.store.trouble import words_for
from unibox_tui.sync.backoff import delay_s

log = logging.getLogger(__name__)

CAP_S = 15.0


class Patience:
    """`what` is who waits, for the log: "sending"."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.failures = 0
        self._said = ""

    def wait_s(self, error: BaseException) -> float:
        """Seconds to wait before the next try; the trouble is logged when it is new."""
        self.failures += 1
        words = words_for(error)
        if words != self._said:
            self._said = words
            log.error("%s waits: %s", self.what, words)
        return delay_s(self.failures, cap=CAP_S)

    def over(self) -> None:
        """It worked."""
        if self.failures:
            log.info("%s goes on", self.what)
        self.failures = 0
        self._said = ""
