"""When a lesson is due: as its author writes it, and as the moment that this is where the campus stands."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

_TO_THE_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", re.ASCII)
_END = dt.time(23, 59, 59)
_END_IN_UTC = "T23:59:59Z"


def written(value: Any) -> str | None:
    """Return a due time as it was written; None for what is none.

    Parameters
    ----------
    value
        A date, which means the end of that day; a time; or the text of a time without seconds.

    Returns
    -------
    str or None
        ISO 8601: in UTC (ending in ``Z``) where the author named a zone, else the wall's time, without one.
    """
    if isinstance(value, str) and _TO_THE_MINUTE.fullmatch(value):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, dt.date) or not 1 < value.year < 9999:  # at the edges a zone leads out of time
        return None
    time = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, _END)
    return _iso(time) if time.tzinfo else time.isoformat(timespec="seconds")


def moment(due: str, zone: dt.tzinfo) -> str:
    """Return the moment of a due time in UTC.

    Parameters
    ----------
    due
        As `written` gives it.
    zone
        Where a time without a zone is meant. Of an hour that the clocks show twice it is the second one, and
        one that they leave out is as long after midnight as it says: nobody is late by the change of clocks.
    """
    time = dt.datetime.fromisoformat(due)
    if time.tzinfo:
        return _iso(time)
    return max(_iso(time.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))


def released(told: Mapping[str, Any], zone: dt.tzinfo) -> str | None:
    """Return when a release is due, in UTC; None if never.

    Releases of before time zones were minded took a date as a day of UTC and name no zone; the day of the
    campus was meant.

    Parameters
    ----------
    told
        release.json.
    zone
        The campus's.
    """
    due = told.get("due") or None
    if due and "due_zone" not in told and str(due).endswith(_END_IN_UTC):
        return moment(str(due).removesuffix("Z"), zone)
    return due


def _iso(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
