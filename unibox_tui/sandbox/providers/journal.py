"""What a simulator received, kept and on request printed, so that a person sees exactly what would go out. Tokens are masked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MASK = "•••"
SHOWN_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Received:
    """One call. `body` is the JSON or form as it was read, or a line about bytes. `status` of our answer; 0: none was given."""

    channel: str
    at: int
    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: Any
    status: int

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query)
        clock = datetime.fromtimestamp(self.at / 1000, UTC).strftime("%H:%M:%S")
        head = (
            f"{clock} {self.channel} {self.method} {self.path}{'?' + query if query else ''} → {self.status or 'cut'}"
        )
        if self.body in (None, "", {}, []):
            return head
        shown = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False, indent=2)
        return head + "\n  " + shown[:SHOWN_CHARS].replace("\n", "\n  ")


@dataclass(slots=True)
class Journal:
    """Iterates over what came, oldest first. `print`: called with each call as printable text. At most `keep` are held."""

    print: Callable[[str], None] | None = None
    keep: int = 5_000
    secrets: set[str] = field(default_factory=set)
    _calls: list[Received] = field(default_factory=list)

    def hide(self, *secrets: str) -> None:
        """From now on these words are masked wherever they stand."""
        self.secrets.update(word for word in secrets if word)

    def add(self, call: Received) -> None:
        made = Received(
            call.channel,
            call.at,
            call.method,
            self._masked(call.path),
            [(name, self._masked(value)) for name, value in call.query],
            {name: self._masked(value) for name, value in call.headers.items()},
            self._masked(call.body),
            call.status,
        )
        self._calls.append(made)
        del self._calls[: -self.keep]
        if self.print is not None:
            self.print(str(made))

    def calls(self, path: str = "", method: str = "") -> list[Received]:
        """Those whose path contains `path`."""
        return [call for call in self._calls if path in call.path and method in ("", call.method)]

    def bodies(self, path: str = "", method: str = "") -> list[Any]:
        return [call.body for call in self.calls(path, method)]

    def clear(self) -> None:
        self._calls.clear()

    def __iter__(self) -> Iterator[Received]:
        return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def __str__(self) -> str:
        return "\n".join(map(str, self._calls))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, Mapping):
            return {self._masked(name): self._masked(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked(one) for one in value]
        return value
