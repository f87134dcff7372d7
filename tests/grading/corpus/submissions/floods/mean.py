import sys

for _ in range(30):
    sys.stdout.write("x" * 1_000_000 + "\n")

def mean(doses):
    return sum(doses) / len(doses)
