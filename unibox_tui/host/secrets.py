"""Where passwords and tokens come from. Never the database, never the configuration, never a log.

The chain, first answer wins:
1. `$CREDENTIALS_DIRECTORY/INBOX.NAME` (systemd's LoadCredential)
2. the keyring, where it encrypts
3. `secret_command` of the configuration: a program that prints the secret
4. `secrets/INBOX.NAME` beside the configuration, 0600
5. `$UNIBOX_SECRET_INBOX_NAME`, in capitals, every other character as `_`

Looking one up may run a program or wait for a keyring: from an event loop use a worker thread.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from unibox_tui.domain.errors import UniboxError, WrongUse
from unibox_tui.host.files import PRIVATE_FOLDER, make_folder, write_atomic
from unibox_tui.host.keychain import Keychain, KeychainFailed

log = logging.getLogger(__name__)

COMMAND_SECONDS = 30.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)

Commands = Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]]
"""inbox (or "*" for every other) -> argv for all its secrets, or secret name -> argv. `{inbox}` and `{name}` are filled in."""


class SecretUnavailable(UniboxError):
    """A place that should give the secret does not. The message names inbox, secret and place, never a value."""


class Secrets:
    """The chain of one configuration. Pass `commands` only from a file that its own account alone can write."""

    def __init__(
        self,
        config_folder: Path,
        *,
        commands: Commands | None = None,
        environ: Mapping[str, str] | None = None,
        keychain: Keychain | None = None,
        use_keyring: bool = True,
    ) -> None:
        self._folder = config_folder / "secrets"
        self._commands = {} if commands is None else commands
        self._environ = os.environ if environ is None else environ
        self._keychain = keychain or (Keychain(_service(config_folder)) if use_keyring else None)

    def __repr__(self) -> str:
        return f"Secrets({str(self._folder)!r})"

    def secret_of(self, inbox: str, name: str) -> str | None:
        """The secret, or None when no place has it. Raises SecretUnavailable when a place is there and fails."""
        _check(inbox, name)
        for look in (self._from_credentials, self._from_keyring, self._from_command, self._from_file, self._from_env):
            value = look(inbox, name)
            if value is not None:
                return value
        return None

    def of_inbox(self, inbox: str) -> Callable[[str], str | None]:
        """What a connector is handed: secret name -> secret."""
        return lambda name: self.secret_of(inbox, name)

    def store(self, inbox: str, name: str, value: str) -> str:
        """Keep a secret: in the keyring where there is a good one, else in a 0600 file. Returns where, in words."""
        _check(inbox, name)
        if not value:
            raise WrongUse(f"The {name} of {inbox} is empty.", hint="Nothing was stored.")
        if self._keychain is not None:
            try:
                if self._keychain.usable:
                    self._keychain.set(inbox, name, value)
                    # An older copy further down the chain would come back when the keyring is gone.
                    self._path(inbox, name).unlink(missing_ok=True)
                    return "the keyring"
            except KeychainFailed as error:
                log.warning("%s of %s goes to a file: %s", name, inbox, error)
        make_folder(self._folder, PRIVATE_FOLDER)
        path = self._path(inbox, name)
        write_atomic(path, value.encode() + b"\n")
        self._drop_from_keyring(inbox, name)
        return str(path)

    def forget(self, inbox: str, name: str) -> list[str]:
        """Remove it from the keyring and the file; returns the places, in words."""
        _check(inbox, name)
        places = ["the keyring"] if self._drop_from_keyring(inbox, name) else []
        path = self._path(inbox, name)
        if path.exists():
            path.unlink()
            places.append(str(path))
        return places

    # -- the places, in order --------------------------------------------------------------------------------------

    def _from_credentials(self, inbox: str, name: str) -> str | None:
        folder = self._environ.get("CREDENTIALS_DIRECTORY", "")
        if not folder:
            return None
        return _read(Path(folder) / f"{inbox}.{name}", inbox, name, strict=False)

    def _from_keyring(self, inbox: str, name: str) -> str | None:
        if self._keychain is None:
            return None
        try:
            return self._keychain.get(inbox, name)
        except KeychainFailed as error:
            log.warning("%s of %s is not taken from the keyring: %s", name, inbox, error)
            return None

    def _from_command(self, inbox: str, name: str) -> str | None:
        commands = self._commands.get(inbox, self._commands.get("*"))
        argv = commands.get(name) if isinstance(commands, Mapping) else commands
        if not argv:
            return None
        from unibox_tui.host.processes import CommandFailed, pipe

        argv = [part.replace("{inbox}", inbox).replace("{name}", name) for part in argv]
        try:
            ran = pipe(argv, timeout=COMMAND_SECONDS, limit=65536)
        except CommandFailed as error:
            raise SecretUnavailable(
                f"The secret_command for {name} of {inbox} failed: {error.message}",
                hint=error.hint,
                code="secret_command_failed",
            ) from None
        if ran.status != 0:
            raise SecretUnavailable(
                f"The secret_command for {name} of {inbox} ended with exit status {ran.status}.",
                hint=f"Run it by hand to see why: {argv[0]} …",
                code="secret_command_failed",
            )
        return _text(ran.out, f"The secret_command for {name} of {inbox}")

    def _from_file(self, inbox: str, name: str) -> str | None:
        return _read(self._path(inbox, name), inbox, name, strict=True)

    def _from_env(self, inbox: str, name: str) -> str | None:
        return self._environ.get(variable(inbox, name)) or None

    def _path(self, inbox: str, name: str) -> Path:
        return self._folder / f"{inbox}.{name}"

    def _drop_from_keyring(self, inbox: str, name: str) -> bool:
        if self._keychain is None:
            return False
        try:
            return self._keychain.delete(inbox, name)
        except KeychainFailed as error:
            log.warning("%s of %s may still be in the keyring: %s", name, inbox, error)
            return False


def variable(inbox: str, name: str) -> str:
    """The environment variable of a secret."""
    return "UNIBOX_SECRET_" + re.sub(r"[^A-Z0-9]", "_", f"{inbox}_{name}".upper())


def _service(config_folder: Path) -> str:
    """Two workspaces of one account may both have an inbox `shop`; their passwords must not meet."""
    from unibox_tui.host.paths import Home

    try:
        usual = Home.find(None, {**os.environ, "UNIBOX_HOME": ""}).config_folder
    except UniboxError:
        usual = None
    return "unibox" if config_folder == usual else f"unibox@{config_folder}"


def _check(inbox: str, name: str) -> None:
    for word in (inbox, name):
        if not _NAME.fullmatch(word):
            raise WrongUse(f"{word!r} cannot name an inbox or a secret.", hint="Use letters, digits, dot, dash and _.")


def _read(path: Path, inbox: str, name: str, *, strict: bool) -> str | None:
    """`strict`: our own file, which must be a plain one that nobody else can read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (os.O_NOFOLLOW if strict else 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SecretUnavailable(
            f"The {name} of {inbox} in {path} cannot be read: {error.strerror}.",
            hint="It must be a plain file of this account.",
            code="secret_file_unreadable",
        ) from None
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if strict and (status.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(status.st_mode) & 0o077):
            raise SecretUnavailable(
                f"The {name} of {inbox} in {path} is open to others and is not used.",
                hint=f"Mend it: chown {os.geteuid()} {path}; chmod 600 {path}. Then change the {name}: it may be known.",
                code="secret_file_open",
            )
        return _text(file.read(65536), str(path))


def _text(data: bytes, place: str) -> str | None:
    try:
        return data.decode("utf-8").rstrip("\r\n") or None
    except UnicodeDecodeError:
        raise SecretUnavailable(f"{place} does not give UTF-8 text.", code="secret_not_text") from None
