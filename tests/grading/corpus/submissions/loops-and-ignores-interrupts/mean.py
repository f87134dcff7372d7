def mean(doses):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
