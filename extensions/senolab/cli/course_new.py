"""`course new`: a small lesson that works as it stands, to be written over."""

import datetime as dt
from pathlib import Path

from senolab.lessons.names import NameRefusedError, course_name, lesson_name

from .main import RefusedError

_JUPYTEXT = """\
# Keeps the words on a lesson's blocks (solution="...", points=2) when it is opened and saved in Jupyter.
cell_metadata_filter = "locked,solution,tests,answer,task,points,tags,-all"
notebook_metadata_filter = "-all"
"""

_COURSE = """\
title: {title}
summary: Who is this course for, and what will they be able to do?
licence: CC-BY-4.0
"""

_LESSON = """\
---
title: {title}
minutes: 15
outcomes:
  - Say what a learner can do afterwards that she could not do before.
prerequisites: []
competences: []
cohort: tiny
forms: 1
licence: CC-BY-4.0
review:
  status: draft
  date: {date}
---

# {title}

Tell in a few sentences what this is about, and what the learner will do.

```yaml case="case-1"
exam: 1
title: The first woman
questions:
  - id: mark-1
    kind: mark
    ask: Mark everything you would recall this woman for.
    points: 1
  - id: sure-1
    kind: probability
    ask: How likely is it that this woman has breast cancer?
    points: 1
```

```yaml question="pick" points=1
kind: choice
ask: Which of these is the share of women with cancer in a screening round?
options:
  - About 1 in 10
  - About 7 in 1,000
key: About 7 in 1,000
hints:
  About 1 in 10: That would be a clinic, not screening.
why: Most women who are screened are healthy.
```

```yaml question="reflect" points=2
kind: text
words: 60
ask: What would you tell a colleague about this?
rubric: What earns the points?
```
"""


def new_lesson(course_dir: Path, lesson: str) -> Path:
    """Write a lesson that works, and what its course lacks; return the lesson's path.

    Raises
    ------
    RefusedError
        If the lesson is there already, or a name will not do.
    """
    name = lesson.removesuffix(".md")
    try:
        course_name(course_dir.name)
        lesson_name(name)
    except NameRefusedError as problem:
        raise RefusedError(str(problem)) from problem
    if "." in name:
        raise RefusedError(f"{name!r} has a dot, which is for translations (01-name.fr.md); leave it out.")
    path = course_dir / f"{name}.md"
    if path.exists():
        raise RefusedError(f"{path} is there already.")
    course_dir.mkdir(parents=True, exist_ok=True)
    _once(course_dir.parent / "jupytext.toml", _JUPYTEXT)
    _once(course_dir / "course.yaml", _COURSE.format(title=_title(course_dir.name)))
    _once(path, _LESSON.format(title=_title(name), date=dt.datetime.now(dt.UTC).date().isoformat()))
    return path


def _title(name: str) -> str:
    words = name.lstrip("0123456789-_").replace("-", " ").replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]


def _once(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, "utf-8")
