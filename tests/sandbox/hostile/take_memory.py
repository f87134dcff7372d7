"""Take 3 GB in one process."""

taken = []
for _ in range(48):
    taken.append(b"x" * (64 << 20))
print("got")
