import os

def mean(doses):
    os._exit(1)
