"""Open or make devices."""

import os
import stat

print(sorted(os.listdir("/dev")))
for name in (
    "mem",
    "kmem",
    "sda",
    "vda",
    "kvm",
    "fuse",
    "net/tun",
    "loop0",
    "nvidia0",
    "vhost-vsock",
    "kmsg",
):
    try:
        os.open(f"/dev/{name}", os.O_RDONLY)
        print("got", name)
    except OSError as trouble:
        print(trouble)
try:
    os.mknod("/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(254, 0))
    print("got a disk")
except OSError as trouble:
    print(trouble)
