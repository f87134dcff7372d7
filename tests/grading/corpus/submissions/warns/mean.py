import sys
import warnings

def mean(doses):
    warnings.warn("This will go away one day.", FutureWarning)
    print("careful", file=sys.stderr)
    return sum(doses) / len(doses)
