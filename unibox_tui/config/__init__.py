"""The configuration file: TOML into frozen settings, and back without losing a comment.

`load` reads and checks; `editing` changes the file; `example` writes the documented one; `watching` tells of changes.
"""

from __future__ import annotations

from unibox_tui.config.model import Canned, Config, Group, SecretPlaces, Ui, View, Web, Workspace
from unibox_tui.config.problems import ConfigError, Problem
from unibox_tui.config.reading import load, parse

__all__ = [
    "Canned",
    "Config",
    "ConfigError",
    "Group",
    "Problem",
    "SecretPlaces",
    "Ui",
    "View",
    "Web",
    "Workspace",
    "load",
    "parse",
]
