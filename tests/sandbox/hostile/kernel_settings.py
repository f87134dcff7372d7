"""Change the kernel's settings; read its log."""

import os

for path in (
    "sys/kernel/core_pattern",
    "sys/kernel/hostname",
    "sysrq-trigger",
    "sys/vm/drop_caches",
    "irq/default_smp_affinity",
):
    try:
        # write what stands there already: where the walls are broken, the machine stays as it is
        before = open(f"/proc/{path}").read() if path.startswith(("sys/k", "irq")) else "0"
        with open(f"/proc/{path}", "w") as file:
            file.write(before)
        print("got", path)
    except OSError as trouble:
        print(trouble)
for path in ("/sys", "/sys/fs/cgroup", "/proc/kcore", "/proc/kmsg"):
    try:
        print("got", os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(4))
    except OSError as trouble:
        print(trouble)
