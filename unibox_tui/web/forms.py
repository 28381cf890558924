"""POST /f/<inbox>: posted forms, JSON, form-encoded or multipart, kept as one raw event each."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message

from unibox_tui.connectors.form import FormSettings, looks_like_email, mapped
from unibox_tui.store.livechat import known_keys
from unibox_tui.text.safe import safe_filename
from unibox_tui.web import guards, pages
from unibox_tui.web.edge import RETRY_SECONDS, Edge, RecentKeys
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.spool import SpoolFull

SIGNATURE = "x-unibox-signature"
SIGNED_WITHIN_MS = 300_000
MOST_FIELDS = 100
MOST_FILES = 10
FIELD_BYTES = 64_000
TEXT_BYTES = 256_000
_META = ("submission_id", "page", "referrer")


class Refused(Exception):
    """What the poster is told. `field` by the form's own name."""

    def __init__(self, status: int, code: str, message: str, *, field: str = "", wait: float = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field, self.wait = status, code, message, field, wait


@dataclass(slots=True)
class Post:
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[UploadFile] = field(default_factory=list)

    def pop(self, name: str) -> str:
        """The first value of a field that is about the post itself; all of that name go."""
        found = [value for key, value in self.fields if key == name]
        self.fields = [entry for entry in self.fields if entry[0] != name]
        return found[0].strip() if found else ""


class FormDoors:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self._posted = RecentKeys()

    def routes(self) -> list[BaseRoute]:
        return [Route("/f/{inbox}", self.post, methods=["POST", "OPTIONS"])]

    async def post(self, request: Request) -> Response:
        inbox, settings = self.edge.inbox(request.path_params["inbox"], "form", FormSettings)
        headers = guards.cors(self.edge.origin_of(request, settings.origins, empty=True))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        wants_json = "json" in request.headers.get("content-type", "") or "json" in request.headers.get("accept", "")
        try:
            submission = await self._take(request, inbox, settings)
        except Refused as error:
            return _refusal(error, settings, wants_json, headers)
        if wants_json:
            return JSONResponse({"ok": True, "id": submission}, headers=headers)
        if settings.redirect:
            return RedirectResponse(settings.redirect, 303, headers)
        return HTMLResponse(pages.thanks(settings.language), headers=headers)

    async def _take(self, request: Request, inbox: WebInbox, settings: FormSettings) -> str:
        wait = self.edge.buckets.take(
            ("form", inbox.name, self.edge.address(request)),
            per_minute=settings.posts_per_minute,
            burst=settings.posts_per_minute,
        )
        signed_header = request.headers.get(SIGNATURE, "")
        if wait and not signed_header:
            raise Refused(429, "too_fast", "Too many posts from your address; please try again in a moment.", wait=wait)
        secret = inbox.secret_of("signing_secret") or ""
        if settings.signed_only and not signed_header:
            raise Refused(401, "unsigned", f"This form takes signed posts only (header {SIGNATURE}).")
        seal = _Seal(signed_header, secret, self.edge.clock()) if signed_header else None
        post = await read_post(request, settings, seal, min(settings.size_limit, self.edge.limits.upload_bytes))
        try:
            if seal is not None and not seal.right():
                await self.edge.count_forged(inbox)
                raise Refused(401, "forged", "The signature does not fit the body, or is older than five minutes.")
            return await self._keep(request, inbox, settings, post, signed=seal is not None)
        finally:
            for upload in post.uploads:
                await upload.close()

    async def _keep(
        self, request: Request, inbox: WebInbox, settings: FormSettings, post: Post, *, signed: bool
    ) -> str:
        now = self.edge.clock()
        post.fields = [(_clean(name), _clean(value)) for name, value in post.fields]
        meta = {name: post.pop(name)[:1_000] for name in _META}
        meta["referrer"] = meta["referrer"] or request.headers.get("referer", "")[:1_000]
        started = post.pop(settings.started_field) if settings.started_field else ""
        trapped = bool(settings.honeypot and post.pop(settings.honeypot)) and not signed
        if not trapped:
            _check(post, settings)
        if (
            not signed
            and started.isascii()
            and started.isdigit()
            and now - int(started[:15]) < settings.min_seconds * 1000
        ):
            raise Refused(
                429,
                "too_quick",
                "That was quicker than anybody types; please send it again.",
                wait=settings.min_seconds,
            )
        digest = await self._files(post)
        given = request.headers.get("idempotency-key", "") or meta.pop("submission_id")
        submission = f"s:{given[:200]}" if given else await self._hashed(inbox, settings, post, digest, now)
        key = ("taken", inbox.id, submission)
        if self._posted.get(key):
            return submission
        body = {
            "type": "form",
            "id": submission,
            "at": now,
            "fields": post.fields,
            "files": post.files,
            "page": meta["page"],
            "referrer": meta["referrer"],
            "signed": signed,
        }
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        # What fell into the trap is kept for a person to look at, and the robot is none the wiser.
        state, error = ("dismissed", "honeypot") if trapped else ("new", None)
        try:
            await self.edge.intake.take(inbox.id, "form", raw, {}, state=state, error=error)
        except (SpoolFull, OSError) as full:
            raise Refused(503, "later", "We cannot take this now; please try again.", wait=RETRY_SECONDS) from full
        self._posted.put(key, 1)
        return submission

    async def _files(self, post: Post) -> list[str]:
        """Put the files into the media store; returns what of them counts for sameness."""
        for upload in post.uploads:
            data = await upload.read()  # the whole post is under `size_limit`
            if data:
                sha256, size = await asyncio.to_thread(self.edge.media.put, data)
                name = safe_filename(upload.filename or "")
                media_type = (upload.content_type or "application/octet-stream")[:120]
                post.files.append({"sha256": sha256, "name": name, "media_type": media_type, "size": size})
        return [file["sha256"] for file in post.files]

    async def _hashed(self, inbox: WebInbox, settings: FormSettings, post: Post, files: list[str], now: int) -> str:
        """The same fields within `repeat_minutes` have the same id."""
        normal = sorted((name.strip().casefold(), " ".join(value.split())) for name, value in post.fields)
        digest = hashlib.sha256(json.dumps([normal, files], ensure_ascii=False).encode("utf-8", "replace")).hexdigest()[
            :32
        ]
        window = max(1, int(settings.repeat_minutes * 60_000))
        ids = [f"h:{digest}:{slot}" for slot in (now // window - 1, now // window)]
        stored = await self.edge.db.read(lambda db: known_keys(db, inbox.name, ids))
        for id in ids:
            at = max(stored.get(id, 0), self._posted.get(("at", inbox.id, id)))
            if at and now - at < window:
                return id
        self._posted.put(("at", inbox.id, ids[1]), now)
        return ids[1]


class _Seal:
    """`t=<epoch seconds>,v1=<hex HMAC-SHA256(signing_secret, "<t>." + raw body)>`, fed while the body streams."""

    def __init__(self, header: str, secret: str, now: int) -> None:
        parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
        time, self._given = parts.get("t", ""), parts.get("v1", "")
        fresh = time.isascii() and time.isdigit() and abs(now - int(time[:15]) * 1000) <= SIGNED_WITHIN_MS
        self._usable = bool(secret) and fresh
        self._mac = hmac.new(secret.encode(), f"{time}.".encode(), hashlib.sha256)

    def feed(self, chunk: bytes) -> None:
        self._mac.update(chunk)

    def right(self) -> bool:
        return self._usable and hmac.compare_digest(self._mac.hexdigest().encode(), self._given.lower().encode())


async def read_post(request: Request, settings: FormSettings, seal: _Seal | None, most: int) -> Post:
    """The fields in their order. Raises Refused."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        if media_type in ("application/json", "text/json") or media_type.endswith("+json"):
            return _json_post(await _body(request, seal, TEXT_BYTES))
        if media_type == "application/x-www-form-urlencoded":
            return _encoded_post(await _body(request, seal, TEXT_BYTES))
        if media_type == "multipart/form-data":
            return await _multipart_post(request, settings, seal, most)
    except guards.TooLarge as error:
        raise Refused(413, "too_large", f"The post is larger than {error.limit} bytes.") from error
    raise Refused(415, "media_type", "Post application/json, application/x-www-form-urlencoded or multipart/form-data.")


async def _body(request: Request, seal: _Seal | None, limit: int) -> bytes:
    body = await guards.capped_body(request, limit)
    if seal is not None:
        seal.feed(body)
    return body


def _json_post(body: bytes) -> Post:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "not_json", "The body is not JSON in UTF-8.") from error
    if not isinstance(given, dict):
        raise Refused(400, "not_an_object", "The JSON is not an object of fields.")
    if isinstance(given.get("fields"), dict):
        given = {**given, **given.pop("fields")}
    return Post(
        [
            (name, _as_text(one))
            for name, value in given.items()
            for one in (value if isinstance(value, list) else [value])
            if one is not None
        ]
    )


def _encoded_post(body: bytes) -> Post:
    """Read here because scripts post raw UTF-8 without escapes, which is to stay what it is."""
    try:
        return Post(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS * 2))
    except UnicodeDecodeError as error:
        hint = 'give the form accept-charset="utf-8"'
        raise Refused(400, "not_utf8", f"The fields are not in UTF-8; {hint}.") from error
    except ValueError as error:
        raise Refused(400, "too_many_fields", f"More than {MOST_FIELDS} fields.") from error


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


async def _multipart_post(request: Request, settings: FormSettings, seal: _Seal | None, limit: int) -> Post:
    seen = 0
    inner = request.receive

    async def receive() -> Message:
        nonlocal seen
        message = await inner()
        chunk = message.get("body", b"")
        seen += len(chunk)
        if seen > limit:
            raise guards.TooLarge(limit)
        if seal is not None:
            seal.feed(chunk)
        return message

    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise guards.TooLarge(limit)
    counted = Request(request.scope, receive)
    try:
        form = await counted.form(max_files=MOST_FILES, max_fields=MOST_FIELDS * 2, max_part_size=FIELD_BYTES)
    except (MultiPartException, HTTPException, UnicodeDecodeError) as error:
        text = getattr(error, "message", "") or getattr(error, "detail", "") or "its text is not UTF-8"
        raise Refused(400, "not_a_form", f"The form cannot be read: {text}") from error
    post = Post()
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                post.uploads.append(value)
        else:
            post.fields.append((name, value))
    if post.uploads and not settings.files:
        raise Refused(400, "no_files", "This form takes no files.")
    return post


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\0", ""))


def _check(post: Post, settings: FormSettings) -> None:
    if len(post.fields) > MOST_FIELDS:
        raise Refused(400, "too_many_fields", f"More than {MOST_FIELDS} fields.")
    known, others = mapped(post.fields, settings.fields)
    if not known and not others and not post.uploads:
        raise Refused(400, "empty", "Nothing is filled in.")
    for ours in settings.required:
        if ours not in known:
            theirs = settings.fields.get(ours, ours)
            raise Refused(422, "missing", f"`{theirs}` is missing or empty.", field=theirs)
    if "email" in known and not looks_like_email(known["email"]):
        theirs = settings.fields.get("email", "email")
        raise Refused(422, "not_an_email", f"`{theirs}` is not an e-mail address.", field=theirs)


def _refusal(error: Refused, settings: FormSettings, wants_json: bool, headers: dict[str, str]) -> Response:
    if error.wait:
        headers = {**headers, "Retry-After": str(max(1, round(error.wait)))}
    if not wants_json:
        return HTMLResponse(pages.refused(error.message, settings.language), error.status, headers)
    told = {"code": error.code, "message": error.message} | ({"field": error.field} if error.field else {})
    return JSONResponse({"error": told}, error.status, headers)
