"""Where everything lives, and who we are."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.host.files import PRIVATE_FOLDER, SHARED_FOLDER, is_shared, make_folder

STORE_FOLDERS = ("run", "media", "raw", "spool")


@dataclass(frozen=True, slots=True)
class Home:
    """The places of one workspace.

    `config_folder` and `exports` are this account's own; `store` may be a folder shared by a group.
    `root` is the folder named by `--home` or `$UNIBOX_HOME`, None for the XDG places.
    """

    config_folder: Path
    data_folder: Path
    store: Path
    root: Path | None = None

    @classmethod
    def find(cls, home: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> Home:
        """`home` (from `--home`) before `$UNIBOX_HOME` before the XDG places. Touches nothing."""
        environ = os.environ if environ is None else environ
        named = os.fspath(home) if home is not None else environ.get("UNIBOX_HOME", "")
        if home is not None and not named:
            raise WrongUse("--home names no folder.", hint="Give a folder, or leave --home out.")
        if named:
            root = absolute(named, environ)
            return cls(root, root, root, root)
        config = _xdg(environ, "XDG_CONFIG_HOME", ".config") / "unibox"
        data = _xdg(environ, "XDG_DATA_HOME", ".local/share") / "unibox"
        return cls(config, data, data)

    def with_store(self, folder: str) -> Home:
        """The same home with the store in `folder` (`[workspace] store`); an empty one changes nothing."""
        if not folder:
            return self
        path = Path(folder).expanduser()
        store = path if path.is_absolute() else self.config_folder / path
        return Home(self.config_folder, self.data_folder, store, self.root)

    @property
    def config(self) -> Path:
        return self.config_folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.store / "unibox.db"

    @property
    def bell(self) -> Path:
        return self.store / "bell"

    @property
    def run(self) -> Path:
        return self.store / "run"

    @property
    def media(self) -> Path:
        return self.store / "media"

    @property
    def raw(self) -> Path:
        return self.store / "raw"

    @property
    def spool(self) -> Path:
        return self.store / "spool"

    @property
    def exports(self) -> Path:
        return self.data_folder / "exports"

    @property
    def service_lock(self) -> Path:
        return self.run / "service.lock"

    @property
    def apps_lock(self) -> Path:
        return self.run / "apps.lock"

    @property
    def service_log(self) -> Path:
        return self.run / "service.log"

    @property
    def shared(self) -> bool:
        """Whether a group works on this store (see `files.is_shared`)."""
        return is_shared(self.store)

    def owned_by_us(self) -> bool:
        """Whether the store is this account's own, so that an app may start a service for it."""
        try:
            return self.store.stat().st_uid == os.geteuid()
        except FileNotFoundError:
            return True

    def prepare(self, group: str | None = None) -> None:
        """Make the folders that are missing; what exists keeps its mode (`checks.inspect` judges that).

        A new store is private, 0700; `group` makes it one for that Unix group, 3770. Folders inside follow the store's.
        Raises Refused when a folder cannot be made.
        """
        try:
            for folder in (self.config_folder, self.data_folder, self.exports):
                make_folder(folder, PRIVATE_FOLDER)
            make_folder(self.store, PRIVATE_FOLDER)
            if group is not None:
                share(self.store, group)
            mode = SHARED_FOLDER if self.shared else PRIVATE_FOLDER
            for name in STORE_FOLDERS:
                make_folder(self.store / name, mode)
        except OSError as error:
            raise Refused(
                f"{error.filename} cannot be made: {error.strerror}.",
                hint=f"For a team: install -d -m 3770 -g GROUP {self.store}",
            ) from error


def share(folder: Path, group: str) -> None:
    """Give `folder` to a Unix group, 3770: members write, nobody removes or replaces what a colleague made."""
    try:
        shutil.chown(folder, group=group)
    except LookupError:
        raise WrongUse(f"There is no group {group!r} on this machine.", hint=f"Make it: groupadd {group}") from None
    os.chmod(folder, SHARED_FOLDER)


def absolute(text: str, environ: Mapping[str, str]) -> Path:
    path = Path(text)
    if text == "~" or text.startswith("~/"):
        path = _user_home(environ) / text[2:]
    return Path(os.path.abspath(path))


def agent_name(uid: int | None = None) -> str:
    """The Unix account that acts. Never `$USER`, which anybody may set."""
    uid = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid{uid}"


def _xdg(environ: Mapping[str, str], variable: str, default: str) -> Path:
    named = environ.get(variable, "")
    # The specification says that relative paths here are to be ignored.
    return Path(named) if os.path.isabs(named) else _user_home(environ) / default


def _user_home(environ: Mapping[str, str]) -> Path:
    named = environ.get("HOME", "")
    if os.path.isabs(named):
        return Path(named)
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        raise WrongUse(
            "This account has no home folder.", hint="Name one: unibox --home DIR, or set $UNIBOX_HOME."
        ) from None
