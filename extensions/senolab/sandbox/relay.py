"""A door from the sandboxes to one service of this machine: a Unix socket that lets few requests through.

``python -m senolab.sandbox.relay SOCKET PORT --only /hub/api/`` listens on SOCKET (mounted read-only into
the sandboxes) and dials 127.0.0.1:PORT. One request a connection: its head is read whole, checked, and
written anew; its body has a stated length. So nothing can hide behind a request that was let through,
and no header tells the service of a sender that is not so. The launcher starts it; it outlives the hub.
"""

import argparse
import asyncio
import contextlib
import os
import re
import signal
import socket
import struct
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

_HEAD = 64 << 10  # bytes
_BODY = 64 << 20
_PATIENCE = 30  # seconds for a head, or for the next piece of a body
_EACH = 24  # connections at once of any one sandbox
_TARGET = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]+(\?[\x21-\x7e]*)?")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
# About this connection only, or claims about the sender that only a proxy of ours may make.
_DROPPED = {
    "connection", "cookie", "expect", "forwarded", "host", "keep-alive", "te", "trailer", "upgrade", "via",
    "x-real-ip", "x-scheme",
}  # fmt: skip
_DROPPED_STEMS = ("proxy-", "x-forwarded-", "x-proxy-", "sec-websocket-")


class RefusedError(Exception):
    """The request is not let through: an HTTP status and its reason."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Request:
    """A request that may pass: its head as it is written to the service, and the length of its body."""

    head: bytes
    length: int
    awaited: bool  # the sender waits for "100 Continue"


def screened(head: bytes, *, only: str, port: int) -> Request:
    """Check the head of a request and write it anew.

    Parameters
    ----------
    head
        Everything up to the empty line.
    only
        The path every request must begin with.
    port
        Of the service.

    Raises
    ------
    RefusedError
        If the head is malformed, or asks for another path, or does not state its length.
    """
    try:
        first, *lines = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
        method, target, version = first.split(" ")
    except ValueError:
        raise RefusedError("400 Bad Request") from None
    if method not in _METHODS or version not in {"HTTP/1.1", "HTTP/1.0"}:
        raise RefusedError("405 Method Not Allowed")
    if not _allowed(target, only):
        raise RefusedError("403 Forbidden")
    headers = [_header(line) for line in lines]
    lengths = {value for name, value in headers if name == "content-length"}
    if len(lengths) > 1 or any(not value.isdecimal() for value in lengths):
        raise RefusedError("400 Bad Request")
    if any(name == "transfer-encoding" for name, _ in headers):
        raise RefusedError("411 Length Required")
    length = int(lengths.pop()) if lengths else 0
    if length > _BODY:
        raise RefusedError("413 Content Too Large")
    kept = [(n, v) for n, v in headers if not (n in _DROPPED or n == "content-length" or _stem(n))]
    kept += [("host", f"127.0.0.1:{port}"), ("connection", "close"), ("content-length", str(length))]
    written = "".join(f"{name}: {value}\r\n" for name, value in kept)
    awaited = any(name == "expect" for name, _ in headers)
    return Request(f"{method} {target} HTTP/1.1\r\n{written}\r\n".encode("ascii"), length, awaited)


class Relay:
    """Carries requests from a Unix socket to a port of this machine."""

    def __init__(self, port: int, only: str) -> None:
        self.port, self.only, self.open = port, only, Counter[str]()

    async def serve(self, path: Path) -> None:
        """Listen at `path` until cancelled; a socket left there by an earlier relay gives way."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        server = await asyncio.start_unix_server(self.carry, beside, limit=_HEAD, backlog=256)
        beside.chmod(0o600)
        beside.replace(path)
        async with server:
            await server.serve_forever()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        sender = _sender(writer.get_extra_info("socket"))
        self.open[sender] += 1
        try:
            if self.open[sender] <= 2 * _EACH:  # beyond that not even an answer
                await self._answer(reader, writer, sender)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # one side is gone
        finally:
            self.open[sender] -= 1
            self.open += Counter()  # forget senders without connections
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: str) -> None:
        try:
            if self.open[sender] > _EACH:
                raise RefusedError("429 Too Many Requests")
            await self._pass(reader, writer)
        except RefusedError as refusal:
            _refuse(writer, refusal.status)
            # A socket closed with something unread takes the answer with it.
            async with asyncio.timeout(2):
                while await reader.read(1 << 16):
                    pass

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise RefusedError("431 Request Header Fields Too Large") from None
        request = screened(head, only=self.only, port=self.port)
        try:
            answers, service = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            raise RefusedError("503 Service Unavailable") from None
        try:
            if request.awaited and request.length:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            service.write(request.head)
            await self._body(reader, service, request.length)
            while data := await answers.read(1 << 16):
                writer.write(data)
                await writer.drain()
        finally:
            service.close()

    async def _body(self, reader: asyncio.StreamReader, service: asyncio.StreamWriter, left: int) -> None:
        while left:
            async with asyncio.timeout(_PATIENCE):
                data = await reader.read(min(left, 1 << 16))
            if not data:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(data)
            service.write(data)
            await service.drain()


def _allowed(target: str, only: str) -> bool:
    """Whether a path is below `only` however a server may read it."""
    path = target.partition("?")[0]
    plain = unquote(path)
    tricks = "//" in plain or "\\" in plain or "%2f" in path.lower() or {".", ".."} & set(plain.split("/"))
    below = path.startswith(only) or path == only.removesuffix("/")
    return bool(_TARGET.fullmatch(target)) and below and not tricks


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    value = value.strip(" \t")
    if (
        not colon
        or not _NAME.fullmatch(name)
        or any((ord(c) < 32 and c != "\t") or ord(c) > 126 for c in value)
    ):
        raise RefusedError("400 Bad Request")
    return name.lower(), value


def _stem(name: str) -> bool:
    return name.startswith(_DROPPED_STEMS)


def _sender(peer: socket.socket) -> str:
    """Name the sandbox at the other end: the process namespace of whoever connected."""
    number = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{number}/ns/pid")  # noqa: PTH115 - no such file behind it
    return "unknown"


def _refuse(writer: asyncio.StreamWriter, status: str) -> None:
    body = status.partition(" ")[2] + "\n"
    head = (
        f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}"
    )
    writer.write(f"{head}\r\n\r\n{body}".encode("ascii"))
    writer.write_eof()


async def _until_told(relay: Relay, path: Path) -> None:
    serving = asyncio.ensure_future(relay.serve(path))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> int:
    """Run one relay until it is told to stop."""
    parser = argparse.ArgumentParser(
        prog="senolab.sandbox.relay", description="A door from the sandboxes to one service."
    )
    parser.add_argument("socket", type=Path, help="the Unix socket to listen on")
    parser.add_argument("port", type=int, help="the port on 127.0.0.1 to dial")
    parser.add_argument("--only", required=True, help="the path that requests must begin with, as /hub/api/")
    words = parser.parse_args()
    if not (words.only.startswith("/") and words.only.endswith("/")):
        parser.error("--only begins and ends with a slash")
    asyncio.run(_until_told(Relay(words.port, words.only), words.socket))
    return 0


if __name__ == "__main__":
    sys.exit(main())
