"""Read keys, gradebook, the hub's database and the campus's secrets."""

import os
from pathlib import Path

state = Path(os.environ["STATE"])
for name in ("keys/keys.json", "grader/gradebook.db", "hub/hub.sqlite", "secrets/release.key", "people.json"):
    try:
        print("got", (state / name).read_bytes())
    except OSError as trouble:
        print(trouble)
