"""The terminal and the machine around the screen: clipboard, editor, links, files. Implements screens.ports.Host."""

from __future__ import annotations

import glob
import mimetypes
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from unibox_tui.domain.errors import NotFound, Refused
from unibox_tui.domain.saying import say
from unibox_tui.host import processes, terminal
from unibox_tui.host.media import MediaStore

ReadFile = Callable[[str], sqlite3.Row | None]
"""The attachment row of an id: name, sha256, state."""
COMPLETIONS = 50


class Desktop:
    """`editor`, `opener`: programs of the agent's own configuration file."""

    def __init__(
        self,
        media: MediaStore,
        read_file: ReadFile,
        *,
        editor: Sequence[str] = (),
        opener: Sequence[str] = ("xdg-open",),
        downloads: Path | None = None,
    ) -> None:
        self.media = media
        self.read_file = read_file
        self.editor = editor
        self.opener = opener
        self.downloads = downloads
        self.terminal = terminal.guess()

    def copy(self, text: str) -> None:
        sequence = terminal.copy_sequence(text, self.terminal)
        if sequence is None:
            raise Refused(
                "This terminal takes no copy, or the text is too long for it.",
                hint="Select it with the mouse and Shift.",
            )
        if self.terminal.inside == "tmux" and self._through_tmux(text):
            return
        terminal.write_out(sequence)

    @staticmethod
    def _through_tmux(text: str) -> bool:
        """tmux passes a program's own OSC 52 on only where it is set to; asked itself, it always does."""
        try:
            return processes.pipe(["tmux", "load-buffer", "-w", "-"], text.encode(), timeout=2).status == 0
        except processes.CommandFailed:
            return False

    def edit(self, text: str) -> str:
        return processes.run_editor(text, editor=self.editor)

    def open_link(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https", "mailto", "tel"):
            raise Refused("Only web, mail and telephone links are opened.", hint="Copy it with y l.")
        processes.open_with(self.opener, url)

    def save_file(self, file_id: str, folder_or_name: str) -> str:
        row = self._held(file_id)
        target = Path(folder_or_name or self._downloads()).expanduser()
        folder, name = (target, row["name"]) if target.is_dir() else (target.parent, target.name)
        if not folder.is_dir():
            raise NotFound(say("There is no folder {folder}.", folder=folder), hint="Name one that is there.")
        return str(self.media.save_as(row["sha256"], folder, name))

    def open_file(self, file_id: str) -> None:
        row = self._held(file_id)
        folder = self._downloads()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        processes.open_with(self.opener, self.media.save_as(row["sha256"], folder, row["name"]))

    def complete_path(self, typed: str) -> Sequence[str]:
        pattern = glob.escape(os.path.expanduser(typed)) + "*"
        return [path + "/" * os.path.isdir(path) for path in sorted(glob.glob(pattern))[:COMPLETIONS]]

    def measure_file(self, path: str) -> tuple[int, str]:
        """(bytes, media type). Raises NotFound for what is no file that can be read."""
        target = Path(path).expanduser()
        if not target.is_file() or not os.access(target, os.R_OK):
            raise NotFound(say("{path} is no file that can be read.", path=path), hint="The text is kept.")
        return target.stat().st_size, mimetypes.guess_type(target.name)[0] or "application/octet-stream"

    def notify(self, title: str, text: str) -> None:
        terminal.write_out(terminal.BELL)

    def _held(self, file_id: str) -> sqlite3.Row:
        row = self.read_file(file_id)
        if row is not None and row["state"] == "deleted":
            raise NotFound("This file has been deleted.", hint="[privacy] says how long files are kept.")
        if row is None or row["sha256"] is None:
            raise NotFound("The file is not here yet.", hint="It is fetched in the background; try again in a moment.")
        return row

    def _downloads(self) -> Path:
        return self.downloads or Path(os.path.expanduser("~/Downloads"))
