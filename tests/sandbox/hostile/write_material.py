"""Change the exams that everybody gets."""

import os

for way in (
    lambda: open("/material/exam.txt", "w"),
    lambda: open("/material/new.txt", "w"),
    lambda: os.unlink("/material/exam.txt"),
    lambda: os.chmod("/material/exam.txt", 0o777),
    lambda: os.rename("/material/exam.txt", "/material/other.txt"),
    lambda: os.utime("/material/exam.txt"),
    lambda: os.link("/material/exam.txt", os.path.expanduser("~/linked")),
    lambda: os.truncate("/material/exam.txt", 0),
):
    try:
        way()
        print("got")
    except OSError as trouble:
        print(trouble)
