"""A program of the shop that speaks with unibox: docs/channels/api.md. Python's own library is all it needs."""

import hashlib
import hmac
import json
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(door: str, secret: str, message: dict) -> dict:
    """Raises HTTPError; its body says what is wrong. Posted again with the same id it makes no second message."""
    body, timestamp = json.dumps(message).encode(), str(int(time.time()))
    headers = {"Content-Type": "application/json", "Idempotency-Key": message["id"]}
    headers |= {"X-Unibox-Timestamp": timestamp, "X-Unibox-Signature": sign(secret, timestamp, body)}
    return json.load(urlopen(Request(door, body, headers), timeout=10))  # noqa: S310  the door is our own setting


def serve(port: int, secret: str, show) -> HTTPServer:
    """`show(message)` is called once for each answer; `serve_forever()` runs it."""
    ids: dict[str, str] = {}  # a real program keeps them on disk

    class Callback(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            timestamp, given = self.headers["X-Unibox-Timestamp"] or "0", self.headers["X-Unibox-Signature"] or ""
            fits = hmac.compare_digest(sign(secret, timestamp, body), given) and abs(time.time() - int(timestamp)) < 300
            said, answer = json.loads(body) if fits else {}, {}
            if said.get("type") == "message" and said["id"] not in ids:
                show(said)
                ids[said["id"]] = str(uuid.uuid4())
            answer = {"id": ids.get(said.get("id"), "-")} if fits else {"error": {"code": "forged"}}
            self.send_response(200 if fits else 401)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

    return HTTPServer(("127.0.0.1", port), Callback)
