"""When a lesson is due: what its author wrote, by the campus's clock."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from senolab import lessons
from senolab.lessons import due

TEXT = """---
title: Due
minutes: 5
outcomes: [Read.]
due: {due}
licence: CC-BY-4.0
review: {{status: draft}}
---

```yaml question="q" points=1
kind: choice
ask: Which?
options: [a, b]
key: a
hints: {{b: No.}}
```
"""


def released(folder: Path, text: str, zone: str) -> dict:
    path = folder / "01-due.md"
    path.write_text(TEXT.format(due=text), "utf-8")
    told, _ = lessons.split(lessons.read(path), zone=ZoneInfo(zone))
    return told


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-11-27", "Europe/Brussels", "2026-11-27T22:59:59Z"),
        ("2026-07-27", "Europe/Brussels", "2026-07-27T21:59:59Z"),
        ("2026-11-27", "America/New_York", "2026-11-28T04:59:59Z"),
        ("2026-11-27", "UTC", "2026-11-27T23:59:59Z"),
        ("2026-11-27 18:00:00", "Europe/Brussels", "2026-11-27T17:00:00Z"),
        ("2026-11-27T18:00", "Europe/Brussels", "2026-11-27T17:00:00Z"),
        ("2026-07-27 18:00", "Europe/Brussels", "2026-07-27T16:00:00Z"),
        ('"2026-07-27 18:00"', "Europe/Brussels", "2026-07-27T16:00:00Z"),
        ("2026-11-27T18:00:00Z", "Europe/Brussels", "2026-11-27T18:00:00Z"),
        ("2026-11-27T18:00:00+02:00", "Asia/Tokyo", "2026-11-27T16:00:00Z"),
        ("2026-10-25 02:30", "Europe/Brussels", "2026-10-25T01:30:00Z"),  # this hour is there twice
        ("2026-03-29 02:30", "Europe/Brussels", "2026-03-29T01:30:00Z"),  # and this one is left out
        ("2026-04-04", "America/Santiago", "2026-04-05T03:59:59Z"),  # its last hour is there twice
    ],
)
def test_a_lesson_is_due_by_the_clock_of_its_campus(
    tmp_path: Path, text: str, zone: str, moment: str
) -> None:
    told = released(tmp_path, text, zone)
    assert (told["due"], told["due_zone"]) == (moment, zone)


@pytest.mark.parametrize(
    "text", ["soon", "2026-13-01 18:00", "0001-01-01", "9999-12-31", "18:00", "[2026-11-27]"]
)
def test_what_is_no_due_date_is_told_with_how_to_write_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(lessons.LessonRefusedError, match="'due' is a date"):
        released(tmp_path, text, "Europe/Brussels")


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ({"due": "2026-11-27T23:59:59Z"}, "2026-11-27T22:59:59Z"),
        ({"due": "2026-11-27T18:00:00Z"}, "2026-11-27T18:00:00Z"),
        ({"due": "2026-11-27T23:59:59Z", "due_zone": "Europe/Brussels"}, "2026-11-27T23:59:59Z"),
        ({"due": None}, None),
        ({}, None),
    ],
)
def test_a_day_that_was_released_as_one_of_utc_is_the_campuss(told: dict, moment: str | None) -> None:
    assert due.released(told, ZoneInfo("Europe/Brussels")) == moment


def test_the_settings_tell_the_zone_and_a_teachers_own_clock_where_there_are_none(tmp_path: Path) -> None:
    from senolab.operation import settings

    assert settings.zone(tmp_path, tmp_path).key == "UTC"
    assert settings.zone(tmp_path, tmp_path, clock="Asia/Tokyo").key == "Asia/Tokyo"
    assert settings.zone(tmp_path, tmp_path, clock=":/etc/nowhere").key == "UTC"
    (tmp_path / "settings.json").write_text('{"time_zone": "Europe/Brussels"}')
    assert settings.zone(tmp_path, tmp_path, clock="Asia/Tokyo").key == "Europe/Brussels"


def test_a_lesson_without_a_due_date_has_none(tmp_path: Path) -> None:
    path = tmp_path / "01-due.md"
    path.write_text(TEXT.replace("due: {due}\n", "").format(), "utf-8")
    told, _ = lessons.split(lessons.read(path), zone=dt.UTC)
    assert told["due"] is None
