"""Use the processor without end."""

while True:
    pass
