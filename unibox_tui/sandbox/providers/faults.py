"""How a simulator can be told to misbehave. Each switch holds for the next `times` calls whose path contains `on`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    kind: str  # delay, drop, cut, storm, truncate, refuse
    times: int
    on: str = ""
    seconds: float = 0.0
    status: int = 500
    code: str | int = ""


class Faults:
    """The switches; a new one counts after those that are set already."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def delay(self, seconds: float, times: int = 1, *, on: str = "") -> None:
        """Answer only after that long."""
        self._set.append(Fault("delay", times, on, seconds))

    def drop_answer(self, times: int = 1, *, on: str = "") -> None:
        """Do the work, then cut the connection without a byte: the client cannot know."""
        self._set.append(Fault("drop", times, on))

    def cut(self, times: int = 1, *, on: str = "") -> None:
        """Cut the connection without doing the work; for the client the same as `drop_answer`."""
        self._set.append(Fault("cut", times, on))

    def storm429(self, times: int = 1, retry_after: float = 1.0, *, on: str = "") -> None:
        """Too many requests, in the provider's own shape."""
        self._set.append(Fault("storm", times, on, retry_after))

    def truncate_json(self, times: int = 1, *, on: str = "") -> None:
        """Do the work and answer with the first half of the body, as if that were all."""
        self._set.append(Fault("truncate", times, on))

    def refuse(self, times: int = 1, *, status: int = 503, code: str | int = "", on: str = "") -> None:
        """The provider's error of that status (and code), without doing the work."""
        self._set.append(Fault("refuse", times, on, status=status, code=code))

    def clear(self) -> None:
        self._set.clear()

    def take(self, path: str) -> list[Fault]:
        """What holds for this call: at most one of each kind. They are used up by it."""
        found: dict[str, Fault] = {}
        for fault in self._set:
            if fault.on in path and fault.kind not in found:
                found[fault.kind] = fault
                fault.times -= 1
        self._set = [fault for fault in self._set if fault.times > 0]
        return list(found.values())
