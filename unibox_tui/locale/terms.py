"""Words that data carries and screens show, by kind; `locale.term` says them. Their English is what the data carries."""

from __future__ import annotations

from typing import Final

TERMS: Final = {
    "status": ("open", "pending", "snoozed", "resolved"),
    "priority": ("low", "normal", "high", "urgent"),
    "delivery": (
        "received", "held", "queued", "sending", "sent", "delivered", "read", "failed", "unknown", "cancelled",
    ),
    "inbox": ("on", "paused", "broken", "removed"),
    "phase": ("waiting", "connected", "polling", "listening", "backfill", "idle"),
    "file": ("remote", "failed", "deleted"),
    "found": ("phone", "email", "order", "amount", "url", "bank", "address"),
    "sure": ("stated", "verified", "low", "high", "written"),
    "order": ("draft", "confirmed", "packed", "shipped", "delivered", "returned", "cancelled"),
    "content": (
        "message", "text", "note", "image", "photo", "video", "audio", "voice", "file", "document", "attachment", "sticker",
        "gif", "location", "contact", "link", "template", "story", "button", "system", "unsupported", "fallback",
    ),
    "field": ("agent", "brand", "inbox", "label", "page", "language"),
}  # fmt: skip
