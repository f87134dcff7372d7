import os

def opened(path, flags):
    try:
        os.open(path, flags)
    except OSError:
        return False
    return True

def mean(doses):
    for number in (os.getppid(), 1):
        for name in ("environ", "mem", *(f"fd/{one}" for one in range(64))):
            for flags in (os.O_RDONLY, os.O_WRONLY):
                assert not opened(f"/proc/{number}/{name}", flags), name
    return sum(doses) / len(doses)
