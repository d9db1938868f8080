"""A machine of its own, as far as the network goes: a namespace whose only way out can be cut; by root, with ip(8)."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg.conninfo


class Machine:
    """A network namespace, joined to this one by a pair of interfaces."""

    def __init__(self, number: int) -> None:
        self.name, self._inner, self._outer = f"changdan{number}", f"cdi{number}", f"cdo{number}"
        self.gateway, self._address = f"10.213.{number}.1", f"10.213.{number}.2"
        _ip("netns", "add", self.name)
        _ip("link", "add", self._outer, "type", "veth", "peer", "name", self._inner, "netns", self.name)
        _ip("address", "add", f"{self.gateway}/24", "dev", self._outer)
        _ip("link", "set", self._outer, "up")
        _ip("-n", self.name, "address", "add", f"{self._address}/24", "dev", self._inner)
        _ip("-n", self.name, "link", "set", self._inner, "up")
        _ip("-n", self.name, "link", "set", "lo", "up")

    @property
    def prefix(self) -> list[str]:
        """What a command begins with to run there."""
        return ["ip", "netns", "exec", self.name]

    def cut(self) -> None:
        """From now on whatever is sent either way is lost; nobody is told."""
        _ip("-n", self.name, "link", "set", self._inner, "down")

    def join(self) -> None:
        """The cable is in again."""
        _ip("-n", self.name, "link", "set", self._inner, "up")

    def remove(self) -> None:
        """Away with it."""
        _ip("netns", "delete", self.name)


def why_none() -> str | None:
    """Why no machines can be had here, None where they can."""
    try:
        with machines(1):
            return None
    except FileNotFoundError:
        return "ip(8) is not installed"
    except subprocess.CalledProcessError as error:
        return f"{' '.join(error.cmd)}: {str(error.stderr or error).strip()}"


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """So many, removed afterwards."""
    made: list[Machine] = []
    try:
        for number in range(1, count + 1):
            made.append(Machine(number))
        yield made
    finally:
        for machine in made:
            machine.remove()


class Pace:
    """How a relay passes on what it gets; whoever holds it may change it at any time."""

    def __init__(self) -> None:
        self.delay_s, self.stalled = 0.0, False

    async def wait(self) -> None:
        """Before each piece is passed on."""
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        while self.stalled:
            await asyncio.sleep(0.01)


@contextmanager
def on_tcp(url: str, hosts: list[str], port: int, pace: Pace | None = None) -> Iterator[None]:
    """Let a server that listens on a socket in the file system be reached at these addresses too."""
    where = psycopg.conninfo.conninfo_to_dict(url)
    path = Path(str(where["host"]), f".s.PGSQL.{where.get('port') or 5432}")

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # at the end
            there_reader, there_writer = await asyncio.open_unix_connection(path)
            await asyncio.gather(_pump(reader, there_writer, pace), _pump(there_reader, writer, pace))

    async def serve() -> None:
        async with await asyncio.start_server(relay, hosts, port):
            loops.append(asyncio.get_running_loop())
            ready.set()
            await ended.wait()

    ready, ended = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="relay", daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(ended.set)
        thread.join(10)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pace: Pace | None) -> None:
    try:
        while data := await reader.read(65536):
            if pace is not None:
                await pace.wait()
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
