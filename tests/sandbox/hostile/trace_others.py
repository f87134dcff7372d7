"""Trace process 1 and read its memory."""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(8)
piece = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
there = (ctypes.c_size_t * 2)(0x400000, 8)
for number in (1, os.getppid()):
    for request in (16, 0x4206):
        print("got" if libc.ptrace(request, number, 0, 0) == 0 else errno.errorcode[ctypes.get_errno()])
    print(
        "got"
        if libc.process_vm_readv(number, piece, 1, there, 1, 0) > 0
        else errno.errorcode[ctypes.get_errno()]
    )
    try:
        descriptor = os.pidfd_open(number)
        print("got" if libc.syscall(438, descriptor, 0, 0) >= 0 else errno.errorcode[ctypes.get_errno()])
    except OSError as trouble:
        print(trouble)
