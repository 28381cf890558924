"""The other programs, configured for the same Maildir, each with its files in a folder of its own."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PEERS = ("neomutt", "notmuch", "alot")


def missing() -> list[str]:
    return [name for name in PEERS if shutil.which(name) is None]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A plain terminal, a home of its own, byte-code allowed."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "EDITOR": "true",
        **more,
    }


@dataclass(frozen=True, slots=True)
class Peer:
    argv: tuple[str, ...]
    env: Mapping[str, str]


def neomutt(work: Path, maildir: Path) -> Peer:
    folder = work / "neomutt"
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    (folder / "rc").write_text(
        f'set folder="{maildir}"\nset spoolfile="{maildir}"\nset mbox_type=Maildir\n'
        f'set header_cache="{folder}/cache"\nset sort=reverse-date\nset quit=yes\nset mail_check=3600\n'
        "set wait_key=no\nset confirmappend=no\n"
    )
    return Peer(("neomutt", "-n", "-F", str(folder / "rc")), environment(folder))


def notmuch_env(work: Path, maildir: Path) -> dict[str, str]:
    folder = work / "notmuch"
    (folder / "index").mkdir(parents=True, exist_ok=True)
    config = folder / "config"
    config.write_text(
        f"[database]\npath={folder}/index\nmail_root={maildir}\nhook_dir={folder}/hooks\n"
        "[user]\nname=Support\nprimary_email=support@ours.example\n[new]\ntags=inbox;\nignore=.ready\n"
        "[search]\nexclude_tags=\n[maildir]\nsynchronize_flags=false\n"
    )
    return environment(folder, NOTMUCH_CONFIG=str(config))


def index(work: Path) -> Path:
    """Where notmuch keeps what it knows of the mails."""
    return work / "notmuch" / "index"


def alot(work: Path, maildir: Path) -> Peer:
    env = notmuch_env(work, maildir)
    folder = work / "notmuch"
    (folder / "alot").write_text("initial_command = search tag:inbox\n")
    argv = ("alot", "-c", str(folder / "alot"), "-n", env["NOTMUCH_CONFIG"])
    return Peer(argv, env)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one process with its children."""

    wall: float
    cpu: float


def run(argv: Sequence[str], env: Mapping[str, str], *, timeout: float = 3_600) -> Cost:
    """Run to the end, output thrown away. Raises CalledProcessError."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        argv, env=dict(env), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=timeout
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
