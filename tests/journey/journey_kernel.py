"""Run code in a user's own server, as a notebook there would."""

import json
import socket
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import websocket
from hub_fixture import RunningCampus, Visitor


def run_code(campus: RunningCampus, visitor: Visitor, name: str, code: str, *, patience: float = 60) -> str:
    """Run code in a fresh kernel of a user's server; return what it printed, or the name of its error."""
    home = campus.home_of(name)
    page = visitor.get(f"{home}tree")
    assert page.status == 200, (page.status, page.url)
    xsrf = visitor.cookie("_xsrf", home)
    headers = {"X-XSRFToken": xsrf or ""}
    made = visitor.post(f"{home}api/kernels", json_body={"name": "python3"}, headers=headers)
    assert made.status == 201, (made.status, made.text[:500])
    kernel = made.json()["id"]
    try:
        return _ask(campus, visitor, f"{home}api/kernels/{kernel}/channels", code, patience)
    finally:
        visitor.request("DELETE", f"{home}api/kernels/{kernel}", headers=headers)


def _ask(campus: RunningCampus, visitor: Visitor, url: str, code: str, patience: float) -> str:
    parts = urlsplit(url)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor._sent(parts).items())
    wire = socket.create_connection(("127.0.0.1", campus.port), 10)
    channel = websocket.create_connection(
        url.replace("http", "ws", 1),
        socket=wire,
        cookie=cookies,
        origin=f"http://{parts.netloc}",
        timeout=patience,
    )
    try:
        asked = _request(code)
        channel.send(json.dumps(asked))
        return _listen(channel, asked["header"]["msg_id"], time.monotonic() + patience)
    finally:
        channel.close()


def _request(code: str) -> dict[str, Any]:
    header = {"msg_id": uuid.uuid4().hex, "username": "", "session": uuid.uuid4().hex, "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    return {
        "header": header | {"msg_type": "execute_request", "date": "2026-01-01T00:00:00Z"},
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }


def _listen(channel: Any, asked: str, until: float) -> str:
    said = []
    while time.monotonic() < until:
        message = json.loads(channel.recv())
        if message["parent_header"].get("msg_id") != asked:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            said.append(content["text"])
        elif kind == "error":
            said.append(f"{content['ename']}: {content['evalue']}")
        elif kind == "status" and content["execution_state"] == "idle":
            return "".join(said)
    raise AssertionError(f"no answer within the patience; so far: {''.join(said)[:2000]}")
