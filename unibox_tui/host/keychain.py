"""The desktop's or system's keyring, only where it really encrypts.

With `keyrings.alt` installed the keyring library would silently write base64 into a file; only the backends listed here
are used. The library is imported at the first use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

ALLOWED = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.macOS.Keyring",
    }
)
ANSWER_S = 20.0


class KeychainFailed(Exception):
    """The keyring is there and does not answer, is locked, or refuses. The message holds no secret."""


class Keychain:
    """One account's keyring. `backend` is handed in by tests only."""

    def __init__(self, service: str, backend: Any = None) -> None:
        self._service = service
        self._found = backend
        self._searched = backend is not None
        self.refused: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self._backend() is not None

    def get(self, inbox: str, name: str) -> str | None:
        backend = self._backend()
        if backend is None:
            return None
        value: str | None = _ask(lambda: backend.get_password(f"{self._service}:{inbox}", name))
        return value

    def set(self, inbox: str, name: str, value: str) -> None:
        backend = self._backend()
        if backend is None:
            raise KeychainFailed("there is no keyring here")
        _ask(lambda: backend.set_password(f"{self._service}:{inbox}", name, value))

    def delete(self, inbox: str, name: str) -> bool:
        if self.get(inbox, name) is None:
            return False
        backend = self._backend()
        assert backend is not None
        _ask(lambda: backend.delete_password(f"{self._service}:{inbox}", name))
        return True

    def _backend(self) -> Any:
        if not self._searched:
            self._searched = True
            self._found, self.refused = _search()
        return self._found


def class_name(backend: Any) -> str:
    kind = type(backend)
    return f"{kind.__module__}.{kind.__qualname__}"


def choose(backends: list[Any]) -> tuple[Any, tuple[str, ...]]:
    """(the first allowed one of `backends`, names of those passed over)."""
    refused: list[str] = []
    for backend in backends:
        if class_name(backend) in ALLOWED:
            return backend, tuple(refused)
        refused.append(class_name(backend))
    return None, tuple(refused)


def _search() -> tuple[Any, tuple[str, ...]]:
    def search() -> list[Any]:
        import keyring
        from keyring.errors import KeyringError

        try:
            best = keyring.get_keyring()
        except (KeyringError, RuntimeError):
            return []
        # Several keyrings come wrapped in a chain, which may hold a plain one beside a good one.
        return list(getattr(best, "backends", None) or [best])

    return choose(_ask(search))


def _ask(question: Callable[[], T]) -> T:
    """Keyrings may wait for a prompt on a desktop nobody sees: give up after a while."""
    answer: list[T] = []
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(question())
        except Exception as error:  # backends raise what their bus raises
            trouble.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(ANSWER_S)
    if trouble:
        raise KeychainFailed(f"the keyring refused ({type(trouble[0]).__name__})") from None
    if not answer:
        raise KeychainFailed(f"the keyring did not answer within {ANSWER_S:g} seconds")
    return answer[0]
