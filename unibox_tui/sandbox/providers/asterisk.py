"""A simulated Asterisk: its REST interface and its socket of events, phones that ring, and customers who call.

    call = sim.rings(LAN, "19000000")        # over the trunk, in Ring
    sim.tries(call, "PJSIP/101")             # Dial: that phone rings
    sim.takes(call, "PJSIP/101")             # it is picked up: both are in a bridge
    sim.hangs_up(call)

Calls that are begun over REST ring until `pick_up(channel)` or `hang_up(channel, cause)`; with `by_themselves` the phones are
picked up after a while, as in the demo. Asterisk repeats nothing: who does not listen does not hear.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from unibox_tui.sandbox.people import SHOP_A, Customer
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong, names
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox

RING = "☎"
NOT_THERE = "PJSIP/nobody"
_STATUS = {"token": 401, "not_found": 404, "conflict": 409, "rate": 429, "refused": 400, "unreachable": 422}
_REASONS = {"normal": 16, "busy": 17, "no_answer": 19, "congestion": 34}
_ORIGINATE = ("endpoint", "app", "appArgs", "callerId", "timeout", "channelId", "otherChannelId")
SILENCE = b"RIFF$\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00\x80>\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"


@dataclass
class Channel:
    id: str
    name: str
    state: str
    number: str = ""
    caller: str = ""
    exten: str = ""
    created: int = 0
    app: str = ""
    args: list[str] = field(default_factory=list)
    with_: str = ""  # the other side


class AriSim(Simulator):
    channel = "voice"

    def __init__(self, *, user: str = "unibox", password: str = "sandbox-ari", trunk: str = "PJSIP/carrier", **kinds: Any) -> None:  # noqa: S107  # fmt: skip
        self.user, self.password, self.trunk = user, password, trunk
        self.up: dict[str, Channel] = {}
        self.bridges: dict[str, list[str]] = {}
        self.stored: dict[str, bytes] = {}
        self.recording: dict[str, str] = {}  # bridge -> name
        self.listeners: dict[str, list[WebSocket]] = {}
        self.apps: set[str] = set()  # that count as listened to without a socket
        self.by_themselves: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._outgoing: dict[WebSocket, asyncio.Queue[dict[str, Any]]] = {}
        super().__init__(**kinds)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            ("GET", "/channels", self._list),
            ("POST", "/channels", self._originate),
            ("GET", "/channels/{id}", self._one),
            ("DELETE", "/channels/{id}", self._hangup),
            ("POST", "/bridges", self._bridge),
            ("DELETE", "/bridges/{id}", self._unbridge),
            ("POST", "/bridges/{id}/addChannel", self._join),
            ("POST", "/bridges/{id}/record", self._record),
            ("GET", "/recordings/stored/{name}/file", self._recorded),
            ("GET", "/applications/{name}", self._application),
        ]

    def sockets(self) -> Sequence[BaseRoute]:
        return [WebSocketRoute("/events", self._listen)]

    def wrong(self, error: Wrong) -> Reply:
        headers = {"retry-after": str(int(error.retry_after))} if error.retry_after is not None else {}
        return Reply.json({"message": error.why}, _STATUS.get(error.kind, 400), headers)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        return {}

    # -- customers -------------------------------------------------------------------------------------------------------

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        """A customer calls, and gives up after a while when nobody takes it."""
        call = self.rings(guest, account or "19000000")
        self._later(self._gives_up(call))
        return call

    async def _gives_up(self, call: str) -> None:
        if self.by_themselves is not None:
            await asyncio.sleep(self.by_themselves)
            self.tries(call, "PJSIP/101")
        await asyncio.sleep(8.0 if self.by_themselves is None else self.by_themselves * 4)
        if call in self.up:
            self.hangs_up(call)

    def rings(self, guest: Guest, hotline: str = "19000000") -> str:
        number = guest.phone or guest.id
        channel = self._new(f"{self.trunk}-{self.next('', 8)}", "Ring", number=number, caller=guest.name, exten=hotline)
        self._say("ChannelCreated", channel=channel)
        self._say("ChannelStateChange", channel=channel)
        return channel.id

    def presses(self, call: str, digit: str) -> None:
        self._say("ChannelDtmfReceived", digit=digit, duration_ms=120, channel=self.up[call])

    def sets(self, call: str, variable: str, value: str) -> None:
        self._say("ChannelVarset", variable=variable, value=value, channel=self.up[call])

    def tries(self, call: str, phone: str) -> str:
        """That phone rings too."""
        peer = self._new(f"{phone}-{self.next('', 8)}", "Down", number=phone.rpartition("/")[2])
        peer.with_ = call
        self._say("ChannelCreated", channel=peer)
        self._say("Dial", caller=self.up[call], peer=peer, dialstatus="", dialstring=phone.rpartition("/")[2])
        peer.state = "Ringing"
        self._say("ChannelStateChange", channel=peer)
        self._say("Dial", caller=self.up[call], peer=peer, dialstatus="RINGING", dialstring=phone.rpartition("/")[2])
        return peer.id

    def takes(self, call: str, phone: str) -> None:
        peer = next((one for one in self.up.values() if one.with_ == call and one.name.startswith(f"{phone}-")), None)
        if peer is None:
            peer = self.up[self.tries(call, phone)]
        peer.state = "Up"
        self._say("ChannelStateChange", channel=peer)
        self._say("Dial", caller=self.up[call], peer=peer, dialstatus="ANSWER", dialstring=phone.rpartition("/")[2])
        self.up[call].state = "Up"
        self._say("ChannelStateChange", channel=self.up[call])
        bridge = f"dial-{self.next()}"
        self.bridges[bridge] = []
        for one in (call, peer.id):
            self._enter(bridge, one)
        for other in [one.id for one in self.up.values() if one.with_ == call and one.id != peer.id]:
            self._destroy(other, 26)

    def hangs_up(self, call: str, cause: int = 16) -> None:
        """The customer puts the phone down; every phone of ours that was in it with them."""
        if call not in self.up:
            return
        self._say("ChannelHangupRequest", channel=self.up[call], cause=cause, soft=False)
        others = [one.id for one in self.up.values() if one.with_ == call]
        self._destroy(call, cause)
        for one in others:
            self._destroy(one, cause)

    def dials_out(self, phone: str, number: str) -> str:
        """A colleague dials a customer on their own phone; gives the customer's channel."""
        caller = self._new(f"{phone}-{self.next('', 8)}", "Ring", number=phone.rpartition("/")[2], exten=number)
        peer = self._new(f"{self.trunk}-{self.next('', 8)}", "Down", number=number)
        caller.with_ = peer.id
        self._say("ChannelCreated", channel=caller)
        self._say("ChannelCreated", channel=peer)
        self._say(
            "Dial", caller=caller, peer=peer, dialstatus="", dialstring=f"{number}@{self.trunk.rpartition('/')[2]}"
        )
        return peer.id

    def pick_up(self, id: str) -> None:
        """A phone that REST has made ring."""
        channel = self.up[id]
        channel.state = "Up"
        self._say("ChannelStateChange", channel=channel)
        self._say("Dial", peer=channel, dialstatus="ANSWER", dialstring=channel.number)
        if channel.app:
            self._say("StasisStart", channel=channel, args=channel.args)

    def hang_up(self, id: str, cause: int = 16) -> None:
        self._destroy(id, cause)

    # -- REST ------------------------------------------------------------------------------------------------------------

    async def _list(self, call: Call) -> Sequence[Any]:
        self._auth(call.headers)
        return [self._json(one) for one in self.up.values()]

    async def _originate(self, call: Call) -> Mapping[str, Any]:
        self._auth(call.headers)
        names([key for key, _ in call.query], _ORIGINATE)
        endpoint, app, id = call.arg("endpoint"), call.arg("app"), call.arg("channelId") or secrets.token_hex(8)
        if not endpoint or not app:
            raise Wrong("missing", "endpoint", "Endpoint and app must be given")
        if "/" not in endpoint or endpoint.startswith(NOT_THERE):
            raise Wrong("unreachable", "endpoint", "Allocation failed")
        if id in self.up:
            raise Wrong("conflict", "channelId", "Channel with given unique ID already exists")
        if not call.arg("timeout", "30").isdigit():
            raise Wrong("type", "timeout", "must be a number")
        args = call.arg("appArgs").split(",")
        target = endpoint.partition("/")[2]
        number = target.partition("@")[0]
        outside = endpoint.endswith("@" + self.trunk.partition("/")[2])
        name = f"{self.trunk}-{self.next('', 8)}" if outside else f"{endpoint}-{self.next('', 8)}"
        channel = self._new(name, "Ringing", number=number, id=id)
        channel.app, channel.args = app, args
        if args[0] == "dial" and len(args) > 2:
            self.give(Delivered(args[2], RING, id, dict(call.query)))
        self._say("ChannelCreated", channel=channel)
        self._say("Dial", peer=channel, dialstatus="RINGING", dialstring=target)
        if self.by_themselves is not None:
            self._later(self._picks_up(id, self.by_themselves))
        return self._json(channel)

    async def _picks_up(self, id: str, wait: float) -> None:
        await asyncio.sleep(wait)
        if id not in self.up:
            return
        self.pick_up(id)
        if self.up[id].args[0] == "dialled":
            await asyncio.sleep(wait * 5)
            if id in self.up:
                self.hang_up(id)

    async def _one(self, call: Call) -> Mapping[str, Any]:
        self._auth(call.headers)
        return self._json(self._there(call.args["id"]))

    async def _hangup(self, call: Call) -> Reply:
        self._auth(call.headers)
        names([key for key, _ in call.query], ("reason", "reason_code"))
        self._there(call.args["id"])
        self._destroy(call.args["id"], _REASONS.get(call.arg("reason", "normal"), 16))
        return Reply(204, b"", "")

    async def _bridge(self, call: Call) -> Mapping[str, Any]:
        self._auth(call.headers)
        names([key for key, _ in call.query], ("type", "bridgeId", "name"))
        id = call.arg("bridgeId") or secrets.token_hex(8)
        self.bridges.setdefault(id, [])
        return {"id": id, "bridge_type": "mixing", "channels": self.bridges[id], "technology": "softmix"}

    async def _unbridge(self, call: Call) -> Reply:
        self._auth(call.headers)
        if self.bridges.pop(call.args["id"], None) is None:
            raise Wrong("not_found", why="Bridge not found")
        return Reply(204, b"", "")

    async def _join(self, call: Call) -> Reply:
        self._auth(call.headers)
        id = call.args["id"]
        if id not in self.bridges:
            raise Wrong("not_found", why="Bridge not found")
        for one in call.arg("channel").split(","):
            if one not in self.up or not self.up[one].app:
                raise Wrong("value", "channel", "Channel not in Stasis application")
            self._enter(id, one)
        return Reply(204, b"", "")

    async def _record(self, call: Call) -> Reply:
        self._auth(call.headers)
        names([key for key, _ in call.query], ("name", "format", "maxDurationSeconds", "ifExists", "beep"))
        if call.arg("name") in self.stored or call.arg("name") in self.recording.values():
            raise Wrong("conflict", "name", "Recording already exists")
        self.recording[call.args["id"]] = call.arg("name")
        return Reply.json({"name": call.arg("name"), "format": call.arg("format"), "state": "recording"}, 201)

    async def _recorded(self, call: Call) -> Reply:
        self._auth(call.headers)
        found = self.stored.get(call.args["name"])
        if found is None:
            raise Wrong("not_found", why="Recording not found")
        return Reply(200, found, "audio/wav")

    async def _application(self, call: Call) -> Mapping[str, Any]:
        self._auth(call.headers)
        name = call.args["name"]
        if name not in self.apps and not self.listeners.get(name):
            raise Wrong("not_found", why="Application not found")
        return {"name": name, "channel_ids": [], "bridge_ids": [], "endpoint_ids": [], "device_names": []}

    # -- the socket --------------------------------------------------------------------------------------------------------

    async def _listen(self, socket: WebSocket) -> None:
        try:
            self._auth({name.lower(): value for name, value in socket.headers.items()})
        except Wrong:
            await socket.send_denial_response(_denied())
            return
        app = socket.query_params.get("app", "")
        await socket.accept()
        for old in self.listeners.get(app, []):
            self._outgoing[old].put_nowait(self._event("ApplicationReplaced", application=app))
        self.listeners.setdefault(app, []).append(socket)
        self._outgoing[socket] = asyncio.Queue()
        sending = asyncio.create_task(self._send(socket))
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            pass
        finally:
            sending.cancel()
            self.listeners[app].remove(socket)
            del self._outgoing[socket]

    async def _send(self, socket: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await socket.send_json(await self._outgoing[socket].get())

    async def drop_listeners(self) -> None:
        """The line breaks; calls go on."""
        for sockets in list(self.listeners.values()):
            for one in list(sockets):
                await one.close(1012)

    # -- inside ------------------------------------------------------------------------------------------------------------

    def _auth(self, headers: Mapping[str, str]) -> None:
        wanted = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if not secrets.compare_digest(headers.get("authorization", ""), wanted):
            raise Wrong("token", why="Authentication required")

    def _there(self, id: str) -> Channel:
        found = self.up.get(id)
        if found is None:
            raise Wrong("not_found", why="Channel not found")
        return found

    def _new(
        self, name: str, state: str, *, number: str = "", caller: str = "", exten: str = "", id: str = ""
    ) -> Channel:
        channel = Channel(
            id or f"{self.clock() // 1000}.{self.next()}", name, state, number, caller, exten, self.clock()
        )
        self.up[channel.id] = channel
        return channel

    def _enter(self, bridge: str, id: str) -> None:
        here = self.bridges.setdefault(bridge, [])
        if id not in here:
            here.append(id)
        told = {"id": bridge, "bridge_type": "mixing", "channels": list(here)}
        self._say("ChannelEnteredBridge", bridge=told, channel=self.up[id])

    def _destroy(self, id: str, cause: int) -> None:
        channel = self.up.pop(id, None)
        if channel is None:
            return
        for bridge, here in self.bridges.items():
            if id in here:
                here.remove(id)
                told = {"id": bridge, "bridge_type": "mixing", "channels": list(here)}
                self._say("ChannelLeftBridge", bridge=told, channel=channel)
                if (name := self.recording.pop(bridge, "")) and not self.stored.get(name):
                    self.stored[name] = SILENCE
                    self._say("RecordingFinished", recording={"name": name, "format": "wav", "state": "done", "target_uri": f"bridge:{bridge}"})  # fmt: skip
        if channel.app and channel.state == "Up":
            self._say("StasisEnd", channel=channel)
        self._say("ChannelDestroyed", channel=channel, cause=cause, cause_txt="")

    def _say(self, kind: str, **fields: Any) -> None:
        told = {name: self._json(value) if isinstance(value, Channel) else value for name, value in fields.items()}
        event = self._event(kind, **told)
        for queue in self._outgoing.values():
            queue.put_nowait(event)

    def _event(self, kind: str, **fields: Any) -> dict[str, Any]:
        stamp = datetime.fromtimestamp(self.clock() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        return {"type": kind, "application": "unibox", "timestamp": stamp, "asterisk_id": "00:00:5e:00:53:01", **fields}

    def _json(self, channel: Channel) -> dict[str, Any]:
        made = datetime.fromtimestamp(channel.created / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        return {
            "id": channel.id,
            "name": channel.name,
            "state": channel.state,
            "caller": {"name": channel.caller, "number": channel.number},
            "connected": {"name": "", "number": ""},
            "accountcode": "",
            "dialplan": {"context": "default", "exten": channel.exten, "priority": 1},
            "creationtime": made,
            "language": "en",
        }

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await super().aclose()


def _denied() -> Any:
    from starlette.responses import Response

    return Response(b'{"message": "Authentication required"}', 401, media_type="application/json")


def _demo_sim(**kinds: Any) -> AriSim:
    sim = AriSim(**kinds)
    sim.by_themselves = 3.0
    return sim


def demo() -> DemoChannel:
    """The hotline of the Vietnamese shop. Customers call and give up; who is called picks up."""
    import getpass

    try:
        me = getpass.getuser()
    except (KeyError, OSError):
        me = "agent"
    return DemoChannel(
        "voice",
        _demo_sim,
        lambda customer: _caller(customer),
        (
            DemoInbox(
                "shop-a-hotline",
                SHOP_A,
                "Shop A hotline",
                account="19000000",
                settings={
                    "provider": "ari",
                    "number": "19000000",
                    "trunk": ["PJSIP/carrier"],
                    "agents": {me: "PJSIP/101"},
                },
                secrets={"password": "sandbox-ari"},
            ),
        ),
    )


def _caller(customer: Customer) -> Guest:
    number = f"+1500557{customer.digits[-4:]:0>4}"
    return Guest(number, customer.name, customer.language, phone=number)
