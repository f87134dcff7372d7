"""Put the tests, and all they start, on a machine without a network, and count who tried to leave it."""

import ctypes
import os
import socket
import struct
from pathlib import Path

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_gone: list[bool] = []


def leave_the_network() -> None:
    """Move this process into a network namespace that has nothing but the loopback.

    Everything that is started afterwards is there too. It lasts until the process ends.
    """
    if _gone:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    wanted = _NEW_NETWORK if uid == 0 else _NEW_NETWORK | _NEW_USER
    if libc.unshare(wanted) != 0:
        raise OSError(ctypes.get_errno(), "This machine gives no network namespace of one's own.")
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _raise_the_loopback()
    _gone.append(True)


def attempts() -> int:
    """IPv4 packets in this namespace that had nowhere to go: somebody asked for another host.

    IPv6 is not counted: Chromium itself probes whether the machine has it. What users' servers try is not
    counted either, since their walls give them network namespaces of their own, with a loopback alone.
    """
    text = Path("/proc/net/snmp").read_text()
    lines = [line.split() for line in text.splitlines() if line.startswith("Ip:")]
    return int(dict(zip(*lines, strict=True))["OutNoRoutes"])


def _raise_the_loopback() -> None:
    from fcntl import ioctl

    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("16xh", ioctl(sock, get_flags, request))
        ioctl(sock, set_flags, struct.pack("16sh14x", b"lo", flags | up))
