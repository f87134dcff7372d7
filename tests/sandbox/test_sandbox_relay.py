"""The relay: few requests pass, and nothing hides behind them."""

import asyncio
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sandbox_hub import wait_for
from senolab.sandbox.relay import RefusedError, Relay, screened


def head(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@pytest.mark.parametrize(
    "target", ["/hub/api", "/hub/api/", "/hub/api/users/ana%40x.org/activity", "/hub/api/?a=%2f.."]
)
def test_what_servers_need_passes(target: str) -> None:
    request = screened(head(f"GET {target} HTTP/1.1", "Host: x"), only="/hub/api/", port=81)
    assert request.head.startswith(f"GET {target} HTTP/1.1\r\n".encode())
    assert b"host: 127.0.0.1:81\r\n" in request.head
    assert b"connection: close\r\n" in request.head


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /hub/login HTTP/1.1"],
        ["GET /hub/apix HTTP/1.1"],
        ["GET /hub/api/../login HTTP/1.1"],
        ["GET /hub/api/%2e%2e/login HTTP/1.1"],
        ["GET /hub/api/..%2flogin HTTP/1.1"],
        ["GET /hub/api//x HTTP/1.1"],
        ["GET /hub/api/a\\b HTTP/1.1"],
        ["GET http://other/hub/api/ HTTP/1.1"],
        ["GET /hub/api/ HTTP/1.1 x"],
        ["GET  /hub/api/ HTTP/1.1"],
        ["GET /hub/api/\tx HTTP/1.1"],
        ["CONNECT /hub/api/ HTTP/1.1"],
        ["TRACE /hub/api/ HTTP/1.1"],
        ["GET /hub/api/ HTTP/2"],
        ["POST /hub/api/ HTTP/1.1", "Transfer-Encoding: chunked"],
        ["POST /hub/api/ HTTP/1.1", "Content-Length: 3", "Content-Length: 4"],
        ["POST /hub/api/ HTTP/1.1", "Content-Length: -3"],
        ["POST /hub/api/ HTTP/1.1", "Content-Length: 3, 3"],
        ["POST /hub/api/ HTTP/1.1", "Content-Length: 99999999999"],
        ["GET /hub/api/ HTTP/1.1", " folded: x"],
        ["GET /hub/api/ HTTP/1.1", "Bad Name: x"],
        ["GET /hub/api/ HTTP/1.1", "Name : x"],
        ["GET /hub/api/ HTTP/1.1", "X: a\nInjected: b"],
        ["GET /hub/api/ HTTP/1.1", "no colon"],
        ["GET /hub/api/ HTTP/1.1", "X: \xe9"],
        [""],
    ],
    ids=repr,
)
def test_what_nobody_needs_is_refused(lines: list[str]) -> None:
    with pytest.raises(RefusedError):
        screened(head(*lines), only="/hub/api/", port=81)


def test_claims_about_the_sender_are_dropped() -> None:
    lines = ["X-Forwarded-For: 1.2.3.4", "x-real-ip: 1", "Forwarded: for=1", "X-Scheme: https", "Cookie: a=b"]
    lines += ["Upgrade: websocket", "Connection: keep-alive, X-Kept", "Authorization: token t", "X-Kept: y"]
    request = screened(head("GET /hub/api/ HTTP/1.1", *lines), only="/hub/api/", port=81)
    assert request.head.decode().splitlines()[1:-1] == [
        "authorization: token t", "x-kept: y", "host: 127.0.0.1:81", "connection: close", "content-length: 0",
    ]  # fmt: skip


class Service(BaseHTTPRequestHandler):
    asked: list = []  # noqa: RUF012 - shared on purpose

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, len(body)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *words) -> None:
        pass


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A relay before a service; the name of its socket."""
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    Service.asked.clear()
    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    told: dict = {}

    async def serve() -> None:
        told.update(loop=asyncio.get_running_loop(), end=asyncio.Event())
        serving = asyncio.ensure_future(Relay(service.server_port, "/hub/api/").serve(Path("door.sock")))
        await told["end"].wait()
        serving.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert wait_for(Path("door.sock").exists)
    yield "door.sock"
    told["loop"].call_soon_threadsafe(told["end"].set)
    thread.join()
    service.shutdown()
    service.server_close()


def say(door: str, text: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(20)
        caller.connect(door)
        caller.sendall(text)
        answer = b""
        while piece := caller.recv(65536):
            answer += piece
        return answer


def test_a_request_and_its_body_pass_both_ways(door: str) -> None:
    body = b"abc" * 100_000
    answer = say(door, head("POST /hub/api/x HTTP/1.1", f"Content-Length: {len(body)}") + body)
    assert answer.startswith(b"HTTP/1.0 200")
    assert answer.endswith(body[::-1])
    assert Path(door).stat().st_mode & 0o777 == 0o600


def test_a_second_request_on_one_connection_reaches_nobody(door: str) -> None:
    hidden = head("GET /hub/admin HTTP/1.1", "Host: x", "Content-Length: 0")
    say(door, head("POST /hub/api/x HTTP/1.1", "Content-Length: 2") + b"ab" + hidden)
    assert Service.asked == [("/hub/api/x", 2)]


def test_a_refusal_says_why(door: str) -> None:
    assert say(door, head("GET /hub/login HTTP/1.1")).startswith(b"HTTP/1.1 403 Forbidden")
    assert say(door, head("GET /hub/api/ HTTP/1.1", "X: " + "a" * 70_000)).startswith(b"HTTP/1.1 431")
    assert Service.asked == []


def test_one_sandbox_cannot_hold_all_connections(door: str) -> None:
    held = []
    for _ in range(24):
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(door)
        held.append(caller)
    answer = say(door, head("GET /hub/api/ HTTP/1.1"))
    for caller in held:
        caller.close()
    assert answer.startswith(b"HTTP/1.1 429")


def test_a_new_relay_takes_the_place_of_a_dead_ones_socket(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    left = socket.socket(socket.AF_UNIX)
    left.bind("door.sock")
    left.close()

    async def again() -> None:
        serving = asyncio.ensure_future(Relay(9, "/hub/api/").serve(Path("door.sock")))
        for _ in range(200):
            await asyncio.sleep(0.01)
            try:
                _, writer = await asyncio.open_unix_connection("door.sock")
            except OSError:
                continue
            writer.close()
            break
        else:
            pytest.fail("nobody answers")
        serving.cancel()
        await asyncio.wait([serving])

    asyncio.run(again())
