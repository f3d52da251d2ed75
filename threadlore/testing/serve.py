"""The plain model as a process of its own: `python -m threadlore.testing.serve --port 8000`.

    python -m threadlore.testing.serve --wait 1 --log calls.jsonl

Prints its address. With `--log` every chat request is written down as it comes in and as it is answered,
by the digest of its body, so that whoever killed the other side can see what was asked twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadlore.ids import digest
from threadlore.testing.endpoint import FakeEndpoint, application
from threadlore.testing.plain_model import answer

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.typedefs import Handler, Middleware


def request_key(body: dict[str, Any]) -> str:
    """Return what tells requests apart: the digest of everything that the model is sent."""
    return digest(json.dumps(body, sort_keys=True), length=32)


def logged(log: Path, base: str = "/v1") -> Middleware:
    """Return the middleware that writes a line for every chat request: `asked`, and `answered`."""
    from aiohttp import web

    file = log.open("a", encoding="utf-8", buffering=1)

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != f"{base}/chat/completions":
            return await handler(request)
        try:
            key = request_key(await request.json())
        except ConnectionResetError:  # killed while it asked
            return web.Response(status=499)
        file.write(json.dumps({"event": "asked", "key": key, "at": time.time()}) + "\n")
        response = await handler(request)
        file.write(json.dumps({"event": "answered", "key": key, "at": time.time()}) + "\n")
        return response

    return note


async def serve(port: int, wait_s: float, log: Path | None) -> None:
    """Serve on loopback until the process is ended."""
    from aiohttp import web

    endpoint = FakeEndpoint(answer, wait_s=wait_s)
    app = application(endpoint)
    if log is not None:
        app.middlewares.append(logged(log))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.get_running_loop().create_future()


@contextmanager
def in_own_process(wait_s: float = 0.0, log: Path | None = None) -> Iterator[str]:
    """Serve from a process of its own while it lasts; yield the address. `log` gets every request."""
    command = [sys.executable, "-m", "threadlore.testing.serve", "--wait", str(wait_s)]
    command += ["--log", str(log)] if log else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.kill()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds that each answer takes")
    parser.add_argument("--log", type=Path, help="file that gets a line for every request")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.wait, given.log))


if __name__ == "__main__":
    main()
