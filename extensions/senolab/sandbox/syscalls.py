"""Which system calls a sandboxed command may not make: a seccomp filter built by hand.

The namespaces already refuse what these calls would do to others; the filter keeps unneeded parts
of the kernel out of reach (most escapes start there), closes memory that no process is charged for
(``memfd``, System V segments, pages in pipes) and sockets that a network namespace does not hold
(``AF_VSOCK``). It refuses what the kernel counts by account and one sandbox could use up for all (inotify,
asynchronous input and output, message queues), and what would hide descriptors from `holdings`.
Anything not named here passes: learners run numpy, torch and compilers.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

# name: (x86_64, aarch64 and other users of the generic table); None where the call does not exist.
# Refused with EPERM: nobody inside has a use for them.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "init_module": (175, 105),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "move_pages": (279, 239),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "userfaultfd": (323, 282),
    "uselib": (134, None),
    "vhangup": (153, 58),
}
# Answered "not in this kernel", so that libraries take their older way.
_ABSENT: dict[str, tuple[int | None, int | None]] = {
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_setup": (206, 0),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mq_open": (240, 180),
    # These keep whole pages of a file or a process in pipes and sockets, long after both have let go of them.
    "sendfile": (40, 71),
    "splice": (275, 76),
    "tee": (276, 77),
    "vmsplice": (278, 75),
}
# Answered "not on this file system": libc writes the file instead, which takes time and which the watch
# over a home sees; gigabytes reserved at once, between two looks, it does not.
_UNSUPPORTED: dict[str, tuple[int | None, int | None]] = {"fallocate": (285, 47)}
# What an inner sandbox needs; refused where no inner sandbox is wanted.
_NESTING: dict[str, tuple[int | None, int | None]] = {
    "chroot": (161, 51),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "pivot_root": (155, 41),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "umount2": (166, 39),
    "unshare": (272, 97),
}
_NAMESPACES = 0x7E020000  # every CLONE_NEW* bit that clone() knows
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; no VSOCK, PACKET, ALG, ...
_TERMINAL_TRICKS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: type into somebody's terminal
# F_NOTIFY; F_SETPIPE_SZ: what pipes may hold is counted by account; F_OFD_SETLK, F_OFD_SETLKW: locks that
# stay with a file that is mapped and has no descriptor any more
_FILE_TRICKS = (1026, 1031, 37, 38)
_SOCKET_LEVEL = 1  # SOL_SOCKET
_BUFFERS = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE
_PINNED = (60,)  # SO_ZEROCOPY
_THREAD, _SHARED_FILES = 0x10000, 0x400  # CLONE_THREAD, CLONE_FILES
_UNSHARED_FILES = 2  # CLOSE_RANGE_UNSHARE
_DUMPABLE = 4  # PR_SET_DUMPABLE

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_X32 = 0x40000000  # x86_64 only: the same calls under other numbers


@dataclass(frozen=True)
class Machine:
    """A processor the filter knows: its audit number, its column in the tables, some call numbers."""

    audit: int
    column: int
    clone: int
    ioctl: int
    socket: int
    fcntl: int
    setsockopt: int
    prctl: int
    clone3: int = 435
    close_range: int = 436


MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E, column=0, clone=56, ioctl=16, socket=41, fcntl=72, setsockopt=54, prctl=157
    ),
    "aarch64": Machine(
        audit=0xC00000B7, column=1, clone=220, ioctl=29, socket=198, fcntl=25, setsockopt=208, prctl=167
    ),
}


def program(machine: str | None = None, *, nesting: bool = False) -> bytes | None:
    """Build the filter as the kernel reads it.

    Parameters
    ----------
    machine
        As ``os.uname().machine`` says; the running one by default.
    nesting
        Leave the calls an inner sandbox needs (namespaces, mounts).

    Returns
    -------
    bytes or None
        An array of ``struct sock_filter``; None for a processor the tables do not know.
    """
    known = MACHINES.get(machine or os.uname().machine)
    if known is None:
        return None
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, known.audit), _refuse(errno.EPERM), (_LOAD, 0, 0, 0)]
    if known.column == 0:
        steps += [(_AT_LEAST, 0, 1, _X32), _refuse(errno.ENOSYS)]
    for table, why in _tables(nesting):
        for numbers in table.values():
            number = numbers[known.column]
            if number is not None:
                steps += [(_EQUAL, 0, 1, number), _refuse(why)]
    if not nesting:
        # clone3 hides its flags behind a pointer, which a filter cannot read: libc falls back to clone.
        steps += [(_EQUAL, 0, 1, known.clone3), _refuse(errno.ENOSYS)]
        steps += _argument(known.clone, 0, [(_ANY_BIT, 0, 1, _NAMESPACES), _refuse(errno.EPERM)])
    steps += _argument(known.clone, 0, _threads())
    steps += _argument(known.close_range, 2, [(_ANY_BIT, 0, 1, _UNSHARED_FILES), _refuse(errno.EINVAL)])
    steps += _argument(known.ioctl, 1, _either(_TERMINAL_TRICKS))
    steps += _argument(known.fcntl, 1, _either(_FILE_TRICKS))
    steps += _argument(known.setsockopt, 1, _socket_options())
    steps += _argument(known.socket, 0, _families())
    return _assembled(steps)


def open_to_sight() -> bytes | None:
    """Build a second filter, for the command alone: no process may close itself to `holdings`.

    Such a wish is said to be granted, and is not. Process 1 has closed itself before, and so has a
    `warden`, which binds itself by `stay_in_sight` before it starts what nobody trusts.
    """
    known = MACHINES.get(os.uname().machine)
    return known and _assembled([(_LOAD, 0, 0, 0), *_argument(known.prctl, 0, _either((_DUMPABLE,), 0))])


def install(*, nesting: bool = False) -> bool:
    """Bind the calling process (and its future children) to the filter; there is no way back.

    For a process that is already inside and builds its own inner wall, after its last mount.

    Returns
    -------
    bool
        False where the processor or the kernel has no such filter.
    """
    return _bind(program(nesting=nesting))


def stay_in_sight() -> bool:
    """Bind the calling process and its future children to `open_to_sight`, as `install` does to `program`."""
    return _bind(open_to_sight())


def _bind(code: bytes | None) -> bool:
    if code is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    return libc.prctl(22, 2, ctypes.c_char_p(head), 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


Step = tuple[int, int, int, int]


def _tables(nesting: bool) -> list[tuple[dict, int]]:
    tables = [(_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS), (_UNSUPPORTED, errno.EOPNOTSUPP)]
    return tables if nesting else [*tables, (_NESTING, errno.EPERM)]


def _refuse(why: int) -> Step:
    return (_RETURN, 0, 0, _ERRNO | why)


def _argument(call: int, index: int, steps: list[Step]) -> list[Step]:
    """Look at one argument's low word when the call is `call`, then bring the number back."""
    body = [(_LOAD, 0, 0, 16 + 8 * index), *steps, (_LOAD, 0, 0, 0)]
    return [(_EQUAL, 0, len(body), call), *body]


def _assembled(steps: list[Step]) -> bytes:
    return b"".join(struct.pack("<HBBI", *step) for step in [*steps, (_RETURN, 0, 0, _ALLOW)])


def _either(values: tuple[int, ...], why: int = errno.EPERM) -> list[Step]:
    return [step for value in values for step in ((_EQUAL, 0, 1, value), _refuse(why))]


def _threads() -> list[Step]:
    """Refuse a thread with descriptors of its own: /proc lists those of its process."""
    return [(_ANY_BIT, 0, 2, _THREAD), (_ANY_BIT, 1, 0, _SHARED_FILES), _refuse(errno.EPERM)]


def _socket_options() -> list[Step]:
    """Leave each socket its ordinary buffers: other ones are a wish, and the kernel, too, grants less."""
    steps = [(_LOAD, 0, 0, 16 + 8 * 2), *_either(_BUFFERS, 0), *_either(_PINNED)]
    return [(_EQUAL, 0, len(steps), _SOCKET_LEVEL), *steps]


def _families() -> list[Step]:
    """Pass over the refusal for each family on the list."""
    last = len(_FAMILIES)
    passes = [(_EQUAL, last - place, 0, family) for place, family in enumerate(_FAMILIES)]
    return [*passes, _refuse(errno.EAFNOSUPPORT)]
