"""The Textual App around the one screen: terminal manners, styles, and the door every key comes in by."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen

from unibox_tui.keymap import Keymap
from unibox_tui.screens.inbox import InboxScreen
from unibox_tui.screens.ports import Workspace
from unibox_tui.widgets.canvas import Canvas, CanvasDriver, Drawing
from unibox_tui.widgets.palette import Palette


class UniboxApp(App[None], inherit_bindings=False):
    """`workspace` is the agent's view of the store and of the machine. The theme is the terminal's own: sixteen colours on
    its default background, so light and dark terminals both fit. `mounted` is called when the terminal is ours;
    `canvas` knows what stands there."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    CSS_PATH = "screens/inbox.tcss"

    def __init__(
        self, workspace: Workspace, *, mounted: Callable[[], None] = lambda: None, canvas: Canvas | None = None
    ) -> None:
        no_color = bool(os.environ.get("NO_COLOR"))
        super().__init__(driver_class=CanvasDriver, ansi_color=True)
        self.canvas = canvas or Canvas()
        self.workspace = workspace
        self.mounted = mounted
        self.theme = "ansi-dark"
        self.animation_level = "none"
        ui = workspace.ui
        self.palette = Palette("mono" if no_color else ui.theme, plain=ui.plain)
        self.canvas.symbols = not ui.plain
        self.inbox = InboxScreen(workspace, Keymap.build(ui.own_keys))

    def get_default_screen(self) -> InboxScreen:
        return self.inbox

    def on_mount(self) -> None:
        self.mounted()
        # Back from the shell the terminal shows what the shell wrote.
        self.app_resume_signal.subscribe(self, lambda _app: self.inbox.draw_anew())
        loop = asyncio.get_running_loop()
        for name in (signal.SIGHUP, signal.SIGTERM):
            try:
                loop.add_signal_handler(name, self.end)
            except (NotImplementedError, RuntimeError, ValueError):
                return  # not the main thread: whoever runs us there handles signals

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            drawing: Any = Drawing(renderable, self.canvas, *self.screen.outer_size)
            super()._display(screen, drawing)
        else:
            super()._display(screen, renderable)

    def end(self) -> None:
        """The terminal is gone or somebody ends us: put the drafts on disk and go."""

        async def ending() -> None:
            try:
                async with asyncio.timeout(2):
                    await self.inbox.finish()
            finally:
                self.exit()

        self.run_worker(ending(), group="end", exclusive=True)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes go straight to the screen's keyboard, in order, before anything else happens."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.screen is self.inbox:
            self.app_focus = True
            self.inbox.keyboard.press(event.key, event.character)
        elif isinstance(event, events.Paste) and not event.is_forwarded and self.screen is self.inbox:
            self.inbox.keyboard.paste(event.text)
        else:
            await super().on_event(event)

    @property
    def failure(self) -> Exception | None:
        """What was not foreseen and has ended the app."""
        return self._exception

    def _fatal_error(self) -> None:
        """The library would print where it happened and what was at hand there, customers' words among it."""
        self.bell()
        self._close_messages_no_wait()

    def run_here(self, **more: Any) -> None:
        """Run in this terminal, mouse left to the terminal itself."""
        self.run(mouse=False, **more)
