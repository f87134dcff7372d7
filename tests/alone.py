"""Start a worker of pytest-xdist in a network namespace of its own: python alone.py ARGUMENTS OF PYTHON.

So workers take no port from each other, and a packet for another host is laid to the test that sent it.
"""

import os
import sys

from offline import leave_the_network

leave_the_network()
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
