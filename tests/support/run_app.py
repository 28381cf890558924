"""The app on this terminal over the workspace in memory: `python -m tests.support.run_app [ROWS] [name=value …]`."""

from __future__ import annotations

import sys

from tests.support.fake_workspace import FakeWorkspace
from unibox_tui.app import UniboxApp


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    ui = dict(part.split("=", 1) for part in sys.argv[2:])
    settings = {name: value == "yes" if value in ("yes", "no") else value for name, value in ui.items()}
    UniboxApp(FakeWorkspace(rows, **settings)).run_here()


if __name__ == "__main__":
    main()
