"""The gateway side: websockets that identify, are sent the world's events, and resume."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord import payloads
from tests.fakes.discord.dispatches import dispatch_faults
from tests.fakes.discord.events import Event, guild_event
from tests.fakes.discord.flags import PRIVILEGED, Intent, Permission
from tests.fakes.discord.permissions import in_channel
from tests.fakes.discord.rest.app import Violation
from tests.fakes.discord.sockets import abort
from tests.fakes.discord.validation import Specification
from tests.fakes.discord.world import World

Json = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
SENDS_A_MINUTE = 120
KNOWN_INTENTS = (1 << 26) - 1


class Session:
    """One identified client; it outlives its connection, so that it can be resumed."""

    def __init__(self, intents: Intent) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.seq = 0
        self.history: deque[tuple[int, str]] = deque(maxlen=20_000)
        self.connection: Connection | None = None

    def dispatch(self, name: str, data: Json) -> None:
        """Number an event, keep it for a resume, and send it where there is a connection."""
        self.seq += 1
        frame = json.dumps({"op": DISPATCH, "t": name, "s": self.seq, "d": data})
        self.history.append((self.seq, frame))
        if self.connection is not None:
            self.connection.send_text(frame)


class Connection:
    """One websocket; frames leave in the order they were given."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.session: Session | None = None
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._outgoing: asyncio.Queue[str | int] = asyncio.Queue()
        self._beats: list[asyncio.Future[None]] = []
        self._received: deque[float] = deque()

    def send(self, op: int, data: Any) -> None:
        """Send a frame that is no dispatch."""
        self.send_text(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def send_text(self, frame: str) -> None:
        """Send a frame."""
        self._outgoing.put_nowait(frame)

    def close(self, code: int) -> None:
        """Close after what is still to be sent."""
        self._outgoing.put_nowait(code)

    def beat(self) -> asyncio.Future[None]:
        """Ask for a heartbeat; the answer shows that all earlier frames were read."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._beats.append(future)
        self.send(HEARTBEAT, None)
        return future

    def beaten(self) -> None:
        """Take a heartbeat as the answer to the oldest that was asked for."""
        if self._beats:
            self._beats.pop(0).set_result(None)

    def too_many(self) -> bool:
        """Count a frame that came in; say whether there were more than 120 in the last minute."""
        now = time.monotonic()
        self._received.append(now)
        while self._received[0] < now - 60:
            self._received.popleft()
        return len(self._received) > SENDS_A_MINUTE

    def ended(self) -> None:
        """Let nobody wait for a connection that is gone."""
        for future in self._beats:
            future.cancel()
        if self.session is not None and self.session.connection is self:
            self.session.connection = None

    async def write(self) -> None:
        """Send what there is until the end."""
        while True:
            frame = await self._outgoing.get()
            if isinstance(frame, int):
                await self.socket.close(code=frame)
                return
            if self._zlib is None:
                await self.socket.send_str(frame)
                continue
            data = self._zlib.compress(frame.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
            await self.socket.send_bytes(data)


class Gateway:
    """The gateway of a world.

    Attributes:
        identified: the intents of each IDENTIFY that was accepted.
        resumed: how many RESUMEs were accepted.
        refuse: how many of the next connections are broken off before the handshake.
    """

    def __init__(
        self, world: World, specification: Specification | None, violations: list[Violation]
    ) -> None:
        self.world = world
        self.specification = specification
        self.violations = violations
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.identified: list[Intent] = []
        self.resumed = 0
        self.refuse = 0
        self.offline = False
        self.heartbeat_ms = 41_250
        self.changed: Callable[[], None] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None
        world.events.listeners.append(self._on_event)

    def application(self) -> web.Application:
        """Return the application to serve."""
        application = web.Application()
        application.router.add_get("/", self._serve)
        return application

    def _on_event(self, event: Event) -> None:
        """Take an event from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            here = asyncio.get_running_loop() is loop
        except RuntimeError:
            here = False
        if here:
            self._dispatch(event)
            return
        done = threading.Event()  # the next change must not overtake this one

        def there() -> None:
            try:
                self._dispatch(event)
            finally:
                done.set()

        loop.call_soon_threadsafe(there)
        done.wait()

    def _dispatch(self, event: Event) -> None:
        for session in self.sessions.values():
            if self._sees(session, event):
                body = event.payload(session.intents)
                self._check(event.name, body)
                session.dispatch(event.name, body)
        self.changed()

    def _sees(self, session: Session, event: Event) -> bool:
        if event.intent and not event.intent & session.intents:
            return False
        guild = event.guild
        if guild is None:
            return True
        if self.world.bot.id not in guild.members:
            return event.name == "GUILD_DELETE"
        place = event.place
        return place is None or bool(in_channel(guild.me, place) & Permission.VIEW_CHANNEL)

    def _check(self, name: str, body: Json) -> None:
        if self.specification is not None:
            found = dispatch_faults(self.specification, name, body)
            self.violations.extend(Violation(f"dispatch {name}", what) for what in found)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self._loop = asyncio.get_running_loop()
        if self.offline or self.refuse > 0:
            self.refuse = max(0, self.refuse - 1)
            return abort(request)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self.connections.append(connection)
        writer = asyncio.create_task(connection.write())
        connection.send(HELLO, {"heartbeat_interval": self.heartbeat_ms})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, message.data)
        finally:
            writer.cancel()
            self.connections.remove(connection)
            connection.ended()
            self.changed()
        return socket

    def _receive(self, connection: Connection, text: str) -> None:
        try:
            frame = json.loads(text)
            op, data = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError):
            connection.close(4002)
            return
        if connection.too_many():
            connection.close(4008)
        elif op == HEARTBEAT:
            connection.send(HEARTBEAT_ACK, None)
            connection.beaten()
        elif op == IDENTIFY:
            self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif connection.session is None:
            connection.close(4003)
        elif op == REQUEST_MEMBERS:
            self._members(connection.session, data)
        elif op != PRESENCE:
            connection.close(4001)

    def _identify(self, connection: Connection, data: Json) -> None:
        if data["token"] != self.world.token:
            connection.close(4004)
            return
        intents = Intent(data["intents"] & int(_every_intent())) if data["intents"] <= KNOWN_INTENTS else None
        if intents is None:
            connection.close(4013)
            return
        if intents & PRIVILEGED & ~self.world.privileges:
            connection.close(4014)
            return
        session = Session(intents)
        self.sessions[session.id] = session
        connection.session, session.connection = session, connection
        self.identified.append(intents)
        bot = self.world.bot
        guilds = [one for one in self.world.guilds.values() if bot.id in one.members]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": payloads.me(bot),
                "guilds": [{"id": str(one.id), "unavailable": True} for one in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.world.gateway_url,
                "session_type": "normal",
                "application": {"id": str(self.world.application_id), "flags": 0},
                "private_channels": [],
                "relationships": [],
            },
        )
        for guild in guilds:
            if guild.available:
                body = guild_event(guild, intents)
                self._check("GUILD_CREATE", body)
                session.dispatch("GUILD_CREATE", body)
        self.changed()

    def _resume(self, connection: Connection, data: Json) -> None:
        if data["token"] != self.world.token:
            connection.close(4004)
            return
        session = self.sessions.get(data["session_id"])
        if session is None:
            connection.send(INVALID_SESSION, False)
            return
        if data["seq"] > session.seq:
            connection.close(4007)
            return
        connection.session, session.connection = session, connection
        for seq, frame in session.history:
            if seq > data["seq"]:
                connection.send_text(frame)
        self.resumed += 1
        session.dispatch("RESUMED", {})
        self.changed()

    def _members(self, session: Session, data: Json) -> None:
        guild = self.world.guilds[int(data["guild_id"])]
        wanted = {int(one) for one in data.get("user_ids") or ()}
        query, limit = data.get("query"), data.get("limit") or 0
        members = [
            one
            for one in guild.members.values()
            if one.id in wanted or (query is not None and one.user.name.startswith(query))
        ]
        chosen = members[:limit] if limit else members
        pages = [chosen[start : start + 1000] for start in range(0, len(chosen), 1000)] or [[]]
        for number, page in enumerate(pages):
            body: Json = {
                "guild_id": str(guild.id),
                "members": [payloads.member(one) for one in page],
                "chunk_index": number,
                "chunk_count": len(pages),
                "not_found": [],
            }
            if data.get("nonce"):
                body["nonce"] = data["nonce"]
            session.dispatch("GUILD_MEMBERS_CHUNK", body)

    def drop(self, code: int | None = None) -> None:
        """Close every connection: with a code, or broken off without a word."""
        for connection in list(self.connections):
            if code is None:
                abort(connection.request)
            else:
                connection.close(code)

    def ask_to_reconnect(self) -> None:
        """Send op 7 to every client."""
        for connection in self.connections:
            connection.send(RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Send op 9 to every client; a session that is not resumable is forgotten."""
        if not resumable:
            self.sessions.clear()
        for connection in self.connections:
            connection.send(INVALID_SESSION, resumable)

    def send_raw(self, name: str, data: Any) -> None:
        """Dispatch anything at all, such as a payload that lacks what clients rely on."""
        for session in self.sessions.values():
            session.dispatch(name, data)


def _every_intent() -> Intent:
    every = Intent.NONE
    for one in Intent:
        every |= one
    return every
