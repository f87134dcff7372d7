def mean(doses):
    while True:
        pass
