"""Trouble of the machine, as against errors of ours: the disk is full, somebody holds the lock, the file is gone."""

from __future__ import annotations

from unibox_tui.domain.errors import Conflict, UniboxError

BUSY = "store_busy"


class StoreUnwritable(UniboxError):
    """Nothing was written. It may pass: room is made, the disk comes back."""


class StoreMoved(UniboxError):
    """Under the store's name lies another file or none: whatever is written now would be lost with the old one."""


def passes(error: BaseException) -> bool:
    """Whether waiting and doing the same again is the way out."""
    if isinstance(error, Conflict):
        return error.code == BUSY
    return isinstance(error, StoreUnwritable | OSError)


def words_for(error: BaseException) -> str:
    """One line for the log that quotes nothing a customer wrote."""
    if isinstance(error, BaseExceptionGroup):
        return " ".join(words_for(one) for one in error.exceptions)
    if isinstance(error, UniboxError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f' ({error.filename})' if error.filename else ''}."
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" in {last.tb_frame.f_code.co_name}, line {last.tb_lineno}" if last is not None else ""
    return f"{type(error).__name__}{where}."
