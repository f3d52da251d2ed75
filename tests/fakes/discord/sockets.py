"""Breaking a connection off the hard way."""

from __future__ import annotations

import socket
import struct

from aiohttp import web


def abort(request: web.Request) -> web.Response:
    """Break a request's connection off so that the client sees a reset; what is returned goes nowhere."""
    transport = request.transport
    if transport is not None:
        peer = transport.get_extra_info("socket")
        if peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=299)
