"""unibox on the same mails: a workspace with one mail inbox, filled by `unibox import`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import peers
from benchmarks.peers import Cost, Peer

ROOT = Path(__file__).parents[1]
MINE = 2_000  # conversations given to the agent, so that the first view has rows
PYTHON = Path(sys.executable)


def environment(work: Path) -> dict[str, str]:
    return peers.environment(work, PYTHONPATH=str(ROOT))


def verb(home: Path, *args: str) -> list[str]:
    return [str(PYTHON), "-m", "unibox_tui", "--home", str(home), *args]


def make_home(work: Path, home: Path) -> None:
    """An empty workspace with a mail inbox that has nothing to fetch."""
    env = environment(work)
    nothing = work / "nothing"
    for part in ("cur", "new", "tmp"):
        (nothing / part).mkdir(parents=True, exist_ok=True)
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "unibox_tui")], check=False)
    home.mkdir(parents=True, exist_ok=True)
    setting = ["--set", "address=support@ours.example", "--set", "source=maildir", "--set", f"maildir={nothing}"]
    peers.run(verb(home, "init"), env)
    peers.run(verb(home, "inbox", "add", "support", "--channel", "email", *setting, "--no-check"), env)


def import_mails(work: Path, home: Path, maildir: Path) -> Cost:
    return peers.run(verb(home, "import", str(maildir), "--inbox", "support"), environment(work))


def give_me_some(home: Path) -> None:
    """Imported history is resolved; the newest part of it is made open work of the agent."""
    from unibox_tui.host.paths import agent_name
    from unibox_tui.store import agents
    from unibox_tui.store.database import Database, Tx

    me = agent_name()

    def write(tx: Tx) -> None:
        agents.ensure(tx, me)
        tx.run(
            "UPDATE conversation SET status = 'open', resolved_at = NULL, assignee = :me WHERE id IN "
            "(SELECT id FROM conversation ORDER BY last_at DESC LIMIT :some)",
            me=me,
            some=MINE,
        )

    with Database(home / "unibox.db", checkpoints=True) as db:
        db.write_now(write)
        db.checkpoint()


def app(work: Path, home: Path) -> Peer:
    return Peer(tuple(verb(home)), environment(work))


def store_size(home: Path) -> int:
    """The database with its log; attachments lie beside it as the mails lie beside an index."""
    return sum(os.path.getsize(path) for path in home.glob("unibox.db*"))
