"""The broadcast of the documentation of `websockets`: each message goes to everyone but its sender.

Usage: python3 broadcast.py [PORT]; without a port it only loads its library.
"""

import asyncio
import sys

from websockets.asyncio.server import broadcast, serve

clients = set()


async def repeat(speaker):
    clients.add(speaker)
    try:
        async for body in speaker:
            broadcast(clients - {speaker}, body)
    finally:
        clients.remove(speaker)


async def main(port):
    # Nobody who is busy receiving is asked for a pong, and cut off for want of one.
    async with serve(repeat, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        await server.serve_forever()


if len(sys.argv) > 1:
    asyncio.run(main(int(sys.argv[1])))
