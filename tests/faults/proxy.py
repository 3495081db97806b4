"""A TCP proxy between a process and its server that can be told to cut, refuse or delay."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

PIECE = 65_536


class Proxy:
    """Passes on what comes in at a port of its own to another one on this machine.

    Attributes:
        port: its own.
        refusing: whether new connections are ended at once.
        delay: seconds by which everything that a server sends is late.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.refusing = False
        self.delay = 0.0
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{target}", daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """End all connections, as a server does that dies."""
        self._loop.call_soon_threadsafe(self._abort)

    def refuse(self) -> None:
        """End all connections, and new ones at once, until `mend`."""
        self.refusing = True
        self.cut()

    def mend(self) -> None:
        """Let all pass again."""
        self.refusing, self.delay = False, 0.0

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._server.close)
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(5)

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if not self.refusing:
                there = await asyncio.open_connection("127.0.0.1", self._target)
                self._writers.add(there[1])
                await asyncio.gather(self._pass(reader, there[1], late=False), self._pass(there[0], writer, late=True))
                self._writers.discard(there[1])
        except OSError:
            pass
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: bool) -> None:
        try:
            while piece := await reader.read(PIECE):
                if late and self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
