"""The filter of system calls, run by an interpreter of its own for both processors."""

import errno
import struct
import sys

import pytest
from senolab.sandbox import run
from senolab.sandbox.syscalls import MACHINES, program
from senolab.sandbox.walls import PACKAGE

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
UNSHARE = {"x86_64": 272, "aarch64": 97}
CLONE3 = 435


def decide(code: bytes, number: int, *arguments: int, audit: int) -> int:
    """What the kernel would do: 0 lets the call pass, else the error that it returns."""
    steps = [struct.unpack_from("<HBBI", code, at) for at in range(0, len(code), 8)]
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, audit, 0, *words)
    accumulator, at = 0, 0
    while True:
        kind, yes, no, value = steps[at]
        at += 1
        if kind == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif kind == 0x06:
            assert value == ALLOW or value & 0xFFFF0000 == ERRNO
            return 0 if value == ALLOW else value & 0xFFFF
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
            at += yes if holds[kind] else no


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    return request.param


def asked(machine: str, number: int, *arguments: int, nesting: bool = False) -> int:
    code = program(machine, nesting=nesting)
    assert code
    return decide(code, number, *arguments, audit=MACHINES[machine].audit)


def test_an_unknown_processor_has_no_filter() -> None:
    assert program("riscv64") is None


def test_a_call_of_another_processor_is_refused(machine: str) -> None:
    code = program(machine)
    assert code
    assert decide(code, 1, audit=0x40000003) == errno.EPERM


def test_ordinary_calls_pass(machine: str) -> None:
    dangerous = {name for name in range(450) if asked(machine, name)}
    assert 40 < len(dangerous) < 75


def test_a_plain_fork_passes_and_a_new_namespace_does_not(machine: str) -> None:
    clone = MACHINES[machine].clone
    assert asked(machine, clone, 0x01200011) == 0
    for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000):
        assert asked(machine, clone, flag | 17) == errno.EPERM
    assert asked(machine, UNSHARE[machine], 0) == errno.EPERM
    assert asked(machine, CLONE3) == errno.ENOSYS


def test_nesting_leaves_namespaces_and_nothing_else(machine: str) -> None:
    assert asked(machine, MACHINES[machine].clone, 0x10000011, nesting=True) == 0
    assert asked(machine, UNSHARE[machine], 0x10000000, nesting=True) == 0
    more = {n for n in range(450) if asked(machine, n) and not asked(machine, n, nesting=True)}
    assert len(more) == 15


def test_only_ordinary_sockets_open(machine: str) -> None:
    families = {family for family in range(64) if not asked(machine, MACHINES[machine].socket, family)}
    assert families == {1, 2, 10, 16}


def test_nobody_types_into_a_terminal(machine: str) -> None:
    ioctl = MACHINES[machine].ioctl
    assert asked(machine, ioctl, 0, 0x5401) == 0
    assert asked(machine, ioctl, 0, 0x5412) == errno.EPERM
    # the kernel reads 32 bits of the request
    assert asked(machine, ioctl, 0, 0x5412 | 1 << 32) == errno.EPERM


def test_a_thread_has_the_descriptors_of_its_process(machine: str) -> None:
    clone = MACHINES[machine].clone
    assert asked(machine, clone, 0x3D0F00) == 0  # as libc makes threads
    assert asked(machine, clone, 0x3D0F00 & ~0x400) == errno.EPERM
    assert asked(machine, MACHINES[machine].close_range, 3, 9, 0) == 0
    assert asked(machine, MACHINES[machine].close_range, 3, 9, 2) == errno.EINVAL


def test_pipes_keep_their_size(machine: str) -> None:
    fcntl = MACHINES[machine].fcntl
    assert [asked(machine, fcntl, 1, option) for option in (2, 6, 1031)] == [0, 0, errno.EPERM]


def test_what_the_kernel_counts_by_account_is_not_in_this_kernel(machine: str) -> None:
    column = MACHINES[machine].column
    for numbers in ((294, 26), (206, 0), (240, 180), (425, 425)):  # inotify, io_setup, mq_open, io_uring
        assert asked(machine, numbers[column]) == errno.ENOSYS


def test_the_x32_numbers_are_refused() -> None:
    assert asked("x86_64", 0x40000000 | 1) == errno.ENOSYS


def test_no_jump_leads_out_of_the_program(machine: str) -> None:
    for nesting in (False, True):
        code = program(machine, nesting=nesting)
        assert code
        steps = [struct.unpack_from("<HBBI", code, at) for at in range(0, len(code), 8)]
        assert len(steps) < 4096
        assert all(
            at + 1 + max(step[1], step[2]) < len(steps) for at, step in enumerate(steps) if step[0] & 7 == 5
        )


def test_the_filter_of_a_nested_wall_binds_for_good() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import ctypes\n"
        "from senolab.sandbox import syscalls\n"
        "libc = ctypes.CDLL(None)\n"
        "print(syscalls.install(), libc.unshare(0x10000000))"
    )
    done = run([sys.executable, "-c", code, str(PACKAGE.parent)], nesting=True)
    assert done.text == "True -1\n", done.complaint
