"""A campus that people reach by https, with a wildcard certificate: its own, or that of a reverse proxy."""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from hub_fixture import CHECKOUT, RunningCampus, free_port, running_campus, temporary_state
from senolab.cli import machine
from senolab.sandbox import available

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(sys.platform != "linux", reason="the campus runs on Linux"),
]
HOST = "campus.localhost"


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for the campus and every name below it, and its key."""
    certificate, key = folder / "campus.pem", folder / "campus.key"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={HOST}"]
    words += ["-addext", f"subjectAltName=DNS:{HOST},DNS:*.{HOST}"]
    subprocess.run([*words, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    for path in (certificate, key):
        os.chown(path, folder.stat().st_uid, folder.stat().st_gid)
    return certificate, key


@contextmanager
def reverse_proxy(port: int, certificate: Path, key: Path) -> Iterator[int]:
    """Something else that has the certificate, and passes every name on to the campus; its port."""
    front, node = free_port(), machine.node()
    assert node
    script = CHECKOUT / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
    words = [node.executable, str(script), "--ip", "127.0.0.1", "--port", str(front)]
    words += ["--api-port", str(free_port())]
    words += ["--ssl-cert", str(certificate), "--ssl-key", str(key), "--log-level", "error"]
    process = subprocess.Popen([*words, "--default-target", f"http://127.0.0.1:{port}"])
    try:
        yield front
    finally:
        process.terminate()
        process.wait(30)


def somebody_works(campus: RunningCampus) -> None:
    """Ana signs in and reads at an address of her own, which is one of the campus's names."""
    ana = campus.visitor("ana")
    assert campus.address("campus") == f"https://campus.{HOST}:{campus.port}/services/campus/"
    assert ana.get("/").url == campus.address("campus")
    assert ana.start_server("ana").url.startswith(f"https://ana.{HOST}:{campus.port}/user/ana/")
    assert any(name.startswith("__Host-") for _, _, name in ana.cookies)  # sent by https alone


@pytest.fixture
def place() -> Iterator[tuple[Path, Path, Path, ssl.SSLContext]]:
    """A state folder with a certificate and its key, and what trusts them."""
    if not available().ok:
        pytest.skip(f"no sandbox here: {available().why}")
    with temporary_state() as state:
        certificate, key = certified(state)
        yield state, certificate, key, ssl.create_default_context(cafile=certificate)


def test_somebody_signs_in_over_https_and_works_at_her_own_address(place) -> None:
    state, certificate, key, trusted = place
    port = free_port()
    settings = {"address": f"https://{HOST}:{port}", "release_first": False}
    settings |= {"tls_certificate": str(certificate), "tls_key": str(key)}
    (state / "settings.json").write_text(json.dumps(settings))
    with running_campus(state, port, host=HOST, trusted=trusted) as campus:
        assert f"The campus is open:  https://{HOST}:{port}" in campus.words()
        somebody_works(campus)
        assert speaks_no_plain_http(port)


def test_the_same_holds_behind_a_reverse_proxy_that_has_the_certificate(place) -> None:
    state, certificate, key, trusted = place
    port = free_port()
    with reverse_proxy(port, certificate, key) as front:
        settings = {"address": f"https://{HOST}:{front}", "release_first": False}
        (state / "settings.json").write_text(json.dumps(settings))
        with running_campus(state, port, host=HOST, trusted=trusted) as campus:
            assert f"The campus is open:  https://{HOST}:{front}" in campus.words()
            campus.port = front
            somebody_works(campus)


def speaks_no_plain_http(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(b"GET /hub/login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return not plain.recv(100).startswith(b"HTTP/1.1 200")
