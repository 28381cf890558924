"""The front door of `unibox` and of `python -m unibox_tui`: opening the screen goes the short way, verbs go to the CLI."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    args = list(sys.argv[1:] if argv is None else argv)
    home = screen_call(args)
    if home is None or not (os.isatty(0) and os.isatty(1)):
        return _verb(args)
    return _screen(home)


def screen_call(args: Sequence[str]) -> str | None:
    """The home ("": not named) when the call says nothing but to open the screen; None for every other call."""
    match list(args):
        case []:
            return ""
        case ["--home", home] if home and not home.startswith("-"):
            return home
    return None


def _verb(args: Sequence[str]) -> int:
    import gc

    # Loading makes many objects and hardly any garbage: looking for it costs a short verb more than the verb itself.
    gc.set_threshold(50_000, 20, 20)
    from unibox_tui.cli.main import main as run

    try:
        return run(args)
    finally:
        gc.freeze()  # what lives now dies with the process, unsearched


def _screen(named: str) -> int:
    from unibox_tui.host.paths import Home
    from unibox_tui.prepaint import Painted, paint

    painted = Painted()
    try:
        home = Home.find(named or None)
        paint(home, painted)
        from unibox_tui import front

        return front.main(home, painted=painted)
    except BaseException as error:
        painted.give_back()
        from unibox_tui.cli.errors import report

        return report(error, as_json=False)
    finally:
        painted.give_back()


if __name__ == "__main__":
    sys.exit(main())
