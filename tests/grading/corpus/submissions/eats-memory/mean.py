def mean(doses):
    return len(bytearray(3_000_000_000))
