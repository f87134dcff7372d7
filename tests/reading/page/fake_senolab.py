"""Stands in for `senolab course preview COURSE_DIR LESSON --out DIR --progress json`.

A text without a heading is refused. A lesson that is called slow has made one exam of four and takes as long
as anybody looks. A folder of notebooks is for the command itself.
"""

import json
import os
import sys
import time
from pathlib import Path

words, (folder, lesson, flag, out, *how) = sys.argv[1:3], sys.argv[3:]
assert (words, flag, how) == (["course", "preview"], "--out", ["--progress", "json"])
if (Path(folder) / "source" / lesson).is_dir():
    os.execv(sys.executable, [sys.executable, "-m", "senolab.cli.main", *sys.argv[1:]])
text = (Path(folder) / f"{lesson}.md").read_text()
print(json.dumps({"done": 1, "total": 4, "words": "making the exams"}), file=sys.stderr, flush=True)
time.sleep(60 if lesson.endswith("slow") else 0.5)
if not text.startswith("#"):
    sys.exit(f"{lesson}.md, line 1: the lesson has no heading. Begin it with '# Title'.")
cell = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": text}
about = {"senolab": {"page": True}}
Path(out).mkdir(exist_ok=True)
book = {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": [cell]}
(Path(out) / f"{lesson}.ipynb").write_text(json.dumps(book))
told = {"course": Path(folder).name, "lesson": lesson, "mode": "self-check", "notebooks": [f"{lesson}.ipynb"]}
(Path(out) / "release.json").write_text(json.dumps(told))
