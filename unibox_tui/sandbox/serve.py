"""The service as a child of the demo: `python -m unibox_tui.sandbox.serve PARENT HOME`. It ends when its parent does."""

from __future__ import annotations

import os
import sys

from unibox_tui.host.children import die_with_parent


def main(argv: list[str]) -> int:
    parent, home = argv
    die_with_parent(int(parent))
    os.environ["UNIBOX_DEMO"] = "1"
    from unibox_tui import service
    from unibox_tui.host.paths import Home

    return service.main(Home.find(home))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
