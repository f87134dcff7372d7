"""Read what another learner wrote."""

import os
from pathlib import Path

state = Path(os.environ["STATE"])
for path in (state, state / "homes", state / "homes/bob/answers.txt", Path("/home/bob"), Path("/root")):
    try:
        print("got", path, list(path.iterdir()) if path.is_dir() else path.read_text())
    except OSError as trouble:
        print(trouble)
