"""What may be sent: the one pure function that decides it, and how it goes on by itself.

Capabilities sit on the inbox row as data; no other code asks which channel it is talking about. The rules themselves come
from the dated file `connectors/policy.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from unibox_tui.domain.money import MICRO
from unibox_tui.domain.send_rules import (
    DAY,
    HOUR,
    MINUTE,
    Capabilities,
    Decision,
    Facts,
    Quota,
    Said,
    SendRule,
    Term,
    Verdict,
)
from unibox_tui.domain.words import Author

__all__ = [
    "DAY",
    "HOUR",
    "MICRO",
    "MINUTE",
    "Capabilities",
    "Decision",
    "Facts",
    "Quota",
    "Said",
    "SendRule",
    "Term",
    "Verdict",
    "decide",
    "measure",
    "size_limit",
    "terms",
]


def decide(
    capabilities: Capabilities,
    windows: Mapping[str, int],
    *,
    kind: str,
    author: Author,
    now: int,
    answers_since: int = 0,
    text: str = "",
    attachment_sizes: Sequence[int] = (),
    attachment_types: Sequence[str] = (),
    facts: Facts | None = None,
    parts: int = 1,
) -> Decision:
    """Whether `kind` (text, attachment, template …) by `author` may leave now.

    `windows`: event kind -> epoch ms of its latest occurrence for this identity; `facts` holds them too and everything else
    that is known, and then stands alone. The first rule that fits wins, cheapest first as the policy lists them; of equal
    ones that which closes last. `parts`: how many the text is sent in where the price is for each. `attachment_types` go
    with `attachment_sizes`.
    """
    refused = _content(capabilities, text, attachment_sizes, attachment_types)
    if refused is not None:
        return refused
    known = facts if facts is not None else Facts(windows=windows, answers={"message": answers_since})
    kinds = {kind, "attachment"} if attachment_sizes and kind == "text" else {kind}
    asked = _Asked(known, frozenset(kinds), kind, author, now, max(parts, 1))
    found = _by_variants(capabilities.rules, asked)
    return found if found.allowed else replace(found, offers=tuple(_offers(capabilities.rules, asked)))


def terms(capabilities: Capabilities, facts: Facts, now: int, *, horizon_ms: int = 40 * DAY) -> list[Term]:
    """How answering by a person goes on from `now` when nothing happens; times in which nothing may be sent are left out."""
    times = sorted({now, *(at for at in _edges(capabilities.rules, facts, now) if now < at <= now + horizon_ms)})
    found: list[Term] = []
    for at, until in zip(times, [*times[1:], None], strict=True):
        decision = decide(capabilities, {}, kind="text", author=Author.AGENT, now=at, facts=facts)
        if not decision.allowed:
            continue
        ends = decision.closes_at if until is None else until
        before = found[-1] if found else None
        if before is not None and before.ends_at == at and before.decision == decision:
            found[-1] = replace(before, ends_at=ends)
        else:
            found.append(Term(at, ends, decision))
    return found


# -- the content -------------------------------------------------------------------------------------------------------


def measure(text: str, unit: str) -> int:
    """Its length as the channel counts it."""
    return len(text.encode("utf-8", "surrogatepass")) if unit == "bytes" else len(text)


class TakesFiles(Protocol):
    """What of `Capabilities` says which files are taken."""

    @property
    def attachment_limit(self) -> int: ...
    @property
    def attachment_types(self) -> Sequence[str]: ...
    @property
    def attachment_sizes(self) -> Mapping[str, int]: ...


def size_limit(capabilities: TakesFiles, media_type: str) -> int | None:
    """The most bytes of a file of this type; None: any size; 0: files of this type are not taken."""
    sizes = capabilities.attachment_sizes
    if not sizes:
        return capabilities.attachment_limit or None
    main = media_type.partition("/")[0]
    return int(next((sizes[key] for key in (media_type, f"{main}/*", "*") if key in sizes), 0))


def _content(capabilities: Capabilities, text: str, sizes: Sequence[int], types: Sequence[str]) -> Decision | None:
    length = measure(text, capabilities.text_unit)
    limit = capabilities.text_limit
    if text and limit is not None and length > limit * capabilities.text_parts:
        return Decision(Verdict.NO, reason="too_long", detail={"limit": limit, "length": length})
    if sizes and not capabilities.attachments:
        return Decision(Verdict.NO, reason="no_attachments")
    for which, (size, media_type) in enumerate(zip(sizes, [*types, *[""] * (len(sizes) - len(types))], strict=False)):
        if (refused := refused_file(capabilities, size, media_type)) is not None:
            reason, detail = refused
            return Decision(Verdict.NO, reason=reason, detail={**detail, "which": which})
    return None


def refused_file(capabilities: TakesFiles, size: int, media_type: str) -> tuple[str, dict[str, Any]] | None:
    """(reason, its numbers: bytes) why a file of so many bytes is not taken; None: it is."""
    wide = capabilities.attachment_limit
    most = size_limit(capabilities, media_type) if media_type else wide or None
    wanted = capabilities.attachment_types
    if media_type and (most == 0 or (wanted and not _matches(media_type, wanted))):
        return "attachment_type", {"type": media_type}
    if most is not None and size > most:
        return "attachment_too_big", {"limit": most, "size": size}
    return None


def _matches(media_type: str, wanted: Sequence[str]) -> bool:
    main = media_type.partition("/")[0]
    return any(one in (media_type, f"{main}/*", "*") for one in wanted)


# -- the rules ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    facts: Facts
    kinds: frozenset[str]
    kind: str
    author: Author
    now: int
    parts: int


# Identities that are no person: a chat of several, and everybody whom an inbox reaches at once.
_MANY = ("group", "audience")
# The further a rule got before it refused, the more its reason says.
_STAGES = (
    "not_allowed",
    "window_closed",
    "package_too_low",
    "blocked",
    "not_following",
    "not_agreed",
    "answers_spent",
    "quota_spent",
    "outside_hours",
    "human_only",
)


def _by_variants(rules: Sequence[SendRule], asked: _Asked) -> Decision:
    """Where rows of several variants are in force, the first one's answer, with what the others say when it differs."""
    current = [rule for rule in rules if _in_force(rule, asked)]
    variants = list(dict.fromkeys(rule.variant for rule in current if rule.variant))
    first, *rest = [
        _ladder([rule for rule in current if rule.variant in ("", variant)], asked) for variant in variants or [""]
    ]
    differing = {_says(other): other for other in rest if _says(other) != _says(first)}
    others = tuple(differing.values())
    return replace(first, others=others, unsure=first.unsure or bool(others)) if others else first


def _says(decision: Decision) -> tuple[object, ...]:
    return decision.allowed, decision.amount, decision.currency, decision.tag, decision.closes_at


def _in_force(rule: SendRule, asked: _Asked) -> bool:
    if not rule.valid_from <= asked.now or (rule.valid_until is not None and asked.now >= rule.valid_until):
        return False
    kind = asked.facts.kind
    return not rule.chats or kind in rule.chats or ("person" in rule.chats and kind not in _MANY)


def _ladder(rules: Sequence[SendRule], asked: _Asked) -> Decision:
    best: Decision | None = None
    refused = Decision(Verdict.NO, reason="not_allowed", kind=asked.kind)
    closed_at: int | None = None
    spent: Decision | None = None
    for rule in rules:
        if not asked.kinds <= set(rule.kinds):
            continue
        found = _try(rule, asked)
        if not found.allowed:
            if found.reason == "window_closed" and found.closes_at is not None:
                closed_at = max(closed_at or 0, found.closes_at)
            if spent is None and found.total is not None:
                spent = found
            if _STAGES.index(found.reason) > _STAGES.index(refused.reason):
                refused = found
        elif best is None or _as_good(found, best):
            best = found
    if best is not None:  # dearer because what was counted is over: it says the how many-th this is
        return replace(best, used=spent.used, total=spent.total) if spent and best.total is None else best
    return replace(refused, closes_at=closed_at)


def _as_good(found: Decision, best: Decision) -> bool:
    """Not dearer, no more restricted, and open for longer."""
    one, other = found.rule, best.rule
    assert one is not None
    assert other is not None
    if (found.amount, one.charged, one.tag, one.human_only) != (
        best.amount,
        other.charged,
        other.tag,
        other.human_only,
    ):
        return False
    if found.total is not None or one.quota or best.closes_at is None:
        return False
    return found.closes_at is None or found.closes_at > best.closes_at


def _try(rule: SendRule, asked: _Asked) -> Decision:
    facts, now = asked.facts, asked.now
    opened, what = _opened(rule, facts, now)
    closes: int | None = None
    if rule.within_ms is not None:
        if opened is None:
            return _no("not_allowed", rule, asked)
        closes = opened + rule.within_ms
        if now >= closes:
            return replace(_no("window_closed", rule, asked), closes_at=closes)
    if facts.package and facts.package.casefold() in {name.casefold() for name in rule.barred_packages}:
        return _no("package_too_low", rule, asked, package=facts.package)
    if lacking := _lacking(rule, facts):
        return _no(lacking, rule, asked)
    used, total, spent = _count(rule, facts, opened, what)
    if spent:
        return replace(_no(spent, rule, asked), used=used, total=total)
    if rule.hours is not None and (opens := _opens(rule, now)) is not None:
        return replace(_no("outside_hours", rule, asked), opens_at=opens)
    if rule.human_only and asked.author is not Author.AGENT:
        return _no("human_only", rule, asked)
    amount = round(rule.price * MICRO) * (asked.parts if rule.per == "part" else 1)
    return Decision(
        Verdict.YES,
        rule,
        closes_at=closes,
        kind=asked.kind,
        used=used,
        total=total,
        amount=None if rule.charged and not amount else amount,
        unsure=rule.unsure,
    )


def _no(reason: str, rule: SendRule, asked: _Asked, **detail: Any) -> Decision:
    return Decision(Verdict.NO, None, reason=reason, detail=detail, kind=asked.kind, amount=None, unsure=rule.unsure)


def _opened(rule: SendRule, facts: Facts, now: int) -> tuple[int | None, str]:
    """When the rule's window was opened last and by what. What the provider names as the last interaction holds for
    everything that had happened when it said so."""
    known = {what: facts.windows[what] for what in rule.opened_by if what in facts.windows}
    if facts.last_interaction is not None and "interaction" in rule.opened_by:
        at, said_at = facts.last_interaction
        known = {what: when for what, when in known.items() if when > said_at or when == at} | {"interaction": at}
    if not known:
        return None, ""
    what = max(known, key=lambda one: (known[one], one == "message"))
    return min(known[what], now), what


def _lacking(rule: SendRule, facts: Facts) -> str:
    for need in rule.needs:
        if need == "unblocked" and facts.blocked:
            return "blocked"
        if need == "follows" and facts.follows is False:
            return "not_following"
        if need.startswith("agreed:") and need.removeprefix("agreed:") not in facts.agreed:
            return "not_agreed"
    return ""


def _count(rule: SendRule, facts: Facts, opened: int | None, what: str) -> tuple[int | None, int | None, str]:
    """(used, of how many, why no more). What the provider reported wins over our own count."""
    quota = facts.quotas.get(rule.quota) if rule.quota else None
    if rule.per_month is not None:
        used = facts.month.get(rule.name, 0)
        return used, rule.per_month, "quota_spent" if used >= rule.per_month else ""
    if rule.max_answers is None:
        if (said := facts.said) and not said.free and rule.free and rule.within_ms and said.at >= (opened or 0):
            return None, None, "answers_spent"
        if quota is None:
            return None, None, "quota_spent" if rule.only_reported else ""
        gone = None if quota.total is None else quota.total - quota.now_left
        return gone, quota.total, "" if quota.now_left else "quota_spent"
    since = rule.counts_from or what
    used = facts.answers.get(since, facts.answers.get("message", 0))
    total = rule.max_answers
    if quota is not None and quota.at >= (opened or 0):
        total = quota.total if quota.total is not None else total
        used = max(total - quota.now_left, 0)
        return used, total, "" if quota.now_left else "answers_spent"
    if (said := facts.said) is not None and said.at >= (opened or 0):
        if not said.free:
            return used, total, "answers_spent"
        own = not said.quota or said.quota == rule.quota
        if own and used - said.after > total:  # it was told to be free although our count was over
            return None, None, ""
    return used, total, "answers_spent" if used >= total else ""


def _opens(rule: SendRule, now: int) -> int | None:
    """When the rule's hours begin next; None: they are now."""
    assert rule.hours is not None
    start, end = (minutes * MINUTE for minutes in rule.hours)
    local = (now + rule.utc_offset * MINUTE) % DAY
    inside = start <= local < end if start <= end else local >= start or local < end
    return None if inside else now + (start - local) % DAY


def _offers(rules: Sequence[SendRule], asked: _Asked) -> Iterator[Decision]:
    for kind in dict.fromkeys(kind for rule in rules for kind in rule.kinds):
        if kind in asked.kinds or kind == "attachment":
            continue
        other = _by_variants(rules, replace(asked, kinds=frozenset((kind,)), kind=kind))
        if other.allowed:
            yield other
    if asked.author is not Author.AGENT:
        by_hand = _by_variants(rules, replace(asked, author=Author.AGENT))
        if by_hand.allowed:
            yield by_hand


def _edges(rules: Sequence[SendRule], facts: Facts, now: int) -> Iterator[int]:
    """When something may change by itself."""
    for rule in rules:
        opened, _ = _opened(rule, facts, now)
        if opened is not None and rule.within_ms is not None:
            yield opened + rule.within_ms
        if rule.valid_from > now:
            yield rule.valid_from
        if rule.valid_until is not None:
            yield rule.valid_until
        if rule.hours is not None and "text" in rule.kinds:
            midnight = now - (now + rule.utc_offset * MINUTE) % DAY
            for day in range(8):
                yield from (midnight + day * DAY + minutes * MINUTE for minutes in rule.hours)
