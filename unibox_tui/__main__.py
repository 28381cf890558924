"""`python -m unibox_tui` is `unibox`."""

from __future__ import annotations

import sys

from unibox_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
