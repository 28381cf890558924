"""The front door: finds the verb, runs it, and says in one line what went wrong.

Exit status: 0 done, 1 failed, 2 wrong use, 130 interrupted, 141 the reader of our output went away.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from unibox_tui.cli import errors
from unibox_tui.cli.session import Session

# verb: (module, attribute, one line of help). The module is imported when the verb is used.
VERBS: dict[str, tuple[str, str, str]] = {
    "init": ("workspace", "init", "Make a workspace and a commented configuration"),
    "inbox": ("inbox", "inbox", "Add, list, check, pause, resume, remove inboxes"),
    "ls": ("reading", "ls", "List conversations"),
    "search": ("reading", "search", "Search all messages"),
    "show": ("reading", "show", "Show a conversation or one message"),
    "story": ("story", "story", "A customer's whole life over all channels"),
    "history": ("reading", "history", "Everything that was done in a conversation, by whom and why"),
    "reply": ("answer", "reply", "Answer the customer"),
    "draft": ("draft", "draft", "What you have written and not sent"),
    "note": ("answer", "note", "Write something only colleagues see"),
    "new": ("answer", "new", "Start a conversation"),
    "forward": ("answer", "forward", "Send a message and its files to any address"),
    "template": ("channels", "template", "Send a text the provider has approved, or list them"),
    "request-info": ("channels", "request_info", "Ask for name, number and address by the channel's own form"),
    "broadcast": ("broadcast", "broadcast", "Send an article to everybody who follows an account"),
    "react": ("channels", "react", "React to a customer's message with an emoji"),
    "call": ("calls", "call", "Ring your own phone, then the customer's"),
    "call-reason": ("calls", "call_reason", "Say what a call was about"),
    "log": ("calls", "log", "Write down a visit, or a call on a private phone"),
    "fetch": ("channels", "fetch", "Ask the provider once more for a file"),
    "save": ("saving", "save", "Write the files of a message where you want them"),
    "assign": ("triage", "assign", "Give conversations to somebody, or to nobody"),
    "label": ("triage", "label", "Put labels on"),
    "unlabel": ("triage", "unlabel", "Take labels off"),
    "resolve": ("triage", "resolve", "The request is done"),
    "reopen": ("triage", "reopen", "The request is not done after all"),
    "pending": ("triage", "pending", "Wait for the customer"),
    "snooze": ("triage", "snooze", "Put away until a time or the next answer"),
    "unread": ("triage", "unread", "Mark unread for everybody"),
    "priority": ("triage", "priority", "Set how urgent it is"),
    "spam": ("triage", "spam", "Spam, or not spam after all"),
    "join": ("triage", "join", "Make conversations one"),
    "apart": ("triage", "apart", "Do not offer to join a conversation again"),
    "split": ("triage", "split", "Take a join back, or split off from a message on"),
    "undo": ("triage", "undo", "Take back the last thing you did"),
    "redo": ("triage", "redo", "Do again what undo took back"),
    "undo-list": ("hands", "undo_list", "What you did, and whether it was taken back"),
    "snoozed": ("hands", "snoozed", "What was put away and when it returns"),
    "play": ("hands", "play", "The next conversation that nobody is looking at"),
    "labels": ("labels", "labels", "All labels, with how many conversations have each"),
    "label-edit": ("labels", "label_edit", "Name, colour, set of a label; merge two; remove one"),
    "keys": ("keys", "keys", "Keys, commands and verbs; a sheet to print"),
    "view": ("view", "view", "Saved views: list, save, rename, move, remove, export, import"),
    "pipe": ("programs", "pipe", "Give a conversation to a program's input"),
    "run": ("programs", "run", "Run a command of your configuration"),
    "macro": ("programs", "macro", "Your macros: list, set, remove, play"),
    "skip": ("hands", "skip", "Pass over a conversation of play mode, and say why"),
    "outbox": ("outbox", "outbox", "Answers that wait, failed, or whose fate is unknown"),
    "retry": ("outbox", "retry", "Send again what failed"),
    "keep": ("outbox", "keep", "Take an answer of unknown fate as delivered"),
    "cancel": ("outbox", "cancel", "Stop an answer that has not left"),
    "webhook": ("provider", "webhook", "Run recorded webhook bodies through the real path"),
    "quarantine": ("quarantine", "quarantine", "What came in and could not be read"),
    "canned": ("canned", "canned", "Stored answers"),
    "contact": ("contact", "contact", "Customers: show, merge, split, describe, hand out, forget"),
    "order": ("order", "order", "Orders made from conversations"),
    "panel": ("panel", "panel", "What other systems say of a customer"),
    "suggest": ("suggest", "suggest", "What to answer, learned from the answers given"),
    "assistant": ("assistant", "assistant", "Let a language model draft, shorten, translate, sum up"),
    "costs": ("costs", "costs", "What our answers cost, by channel, inbox, agent or customer"),
    "health": ("inbox", "health", "How each inbox is doing"),
    "import": ("interchange", "import_", "Take in Maildir, mbox, .eml or unibox JSON Lines"),
    "export": ("interchange", "export", "Write conversations as unibox JSON Lines"),
    "follow": ("system", "follow", "What happens, as JSON lines, for as long as it runs"),
    "system": ("system", "system", "Other systems: tokens and webhooks"),
    "serve": ("workspace", "serve", "Run the service"),
    "doctor": ("workspace", "doctor", "Explain what is wrong and mend what may be mended"),
    "config": ("workspace", "config", "Check the configuration"),
    "demo": ("workspace", "demo", "A full workspace to try"),
}


class Verbs(click.Group):
    """The verbs of the table, each imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module, attribute, help = VERBS[name]
        command: click.Command = getattr(importlib.import_module(f"unibox_tui.cli.{module}"), attribute)
        command.short_help = help
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise errors.ReaderWentAway from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, help) for name, (_, _, help) in VERBS.items()])


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--home", metavar="DIR", help="Folder of the workspace, instead of $UNIBOX_HOME or the XDG places.")
@click.option("--lang", metavar="xx", help="Language of the screen: vi, th or en.")
@click.version_option(package_name="unibox-tui", prog_name="unibox")
@click.pass_context
def root(ctx: click.Context, home: str | None, lang: str | None) -> int:
    """A support team's inbox in the terminal. Without a verb: open the screen."""
    ctx.obj = session = Session.open(home, lang)
    ctx.call_on_close(session.close)
    if ctx.invoked_subcommand is not None:
        return 0
    from unibox_tui import front

    return front.main(session.bare_home, language=lang or "")


def main(argv: Sequence[str] | None = None) -> int:
    args = list(sys.argv[1:] if argv is None else argv)
    as_json = errors.wants_json(args)
    try:
        status = _run(args)
        sys.stdout.flush()
    except (BrokenPipeError, errors.ReaderWentAway):
        # What is still buffered must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return errors.NOBODY_READS
    except BaseException as error:
        return errors.report(error, as_json=as_json)
    return status


def _run(args: list[str]) -> int:
    result: Any = root.main(args, prog_name="unibox", standalone_mode=False)
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
