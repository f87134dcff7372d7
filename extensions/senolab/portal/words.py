"""The reader's clock and notation: dates in words, numbers, in the language that the campus serves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers

from senolab import words as spoken


@dataclass(frozen=True)
class Words:
    """Everything that depends on who reads: her variant of the language, her time zone, now."""

    language: str
    zone: ZoneInfo
    now: datetime

    @cached_property
    def locale(self) -> Locale:
        """The locale whose dates and numbers are written."""
        try:
            return Locale.parse(self.language, sep="-")
        except (UnknownLocaleError, ValueError):
            return Locale("en")

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.locale.text_direction == "rtl"

    def here(self, time: str | datetime) -> datetime:
        """Return a time as the reader's clock shows it; a time without a zone is UTC."""
        moment = datetime.fromisoformat(time) if isinstance(time, str) else time
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(self.zone)

    def day(self, time: str | datetime) -> str:
        """Return the day, e.g. "Friday 27 November"; with the year where it is not this one."""
        moment = self.here(time)
        skeleton = "EEEEdMMMM" if moment.year == self.now.astimezone(self.zone).year else "yMMMMd"
        return dates.format_skeleton(skeleton, moment, locale=self.locale)

    def clock(self, time: str | datetime) -> str:
        """Return the time of day, e.g. "14:05"."""
        return dates.format_time(self.here(time), "short", tzinfo=self.zone, locale=self.locale)

    def moment(self, time: str | datetime) -> str:
        """Return day and time of day."""
        return spoken.gettext("%(day)s, %(clock)s", day=self.day(time), clock=self.clock(time))

    def dated(self, time: str | datetime) -> str:
        """Return day, month, year and time of day, for what people keep: "30 November 2026, 14:05"."""
        day = dates.format_date(self.here(time), "long", locale=self.locale)
        return spoken.gettext("%(day)s, %(clock)s", day=day, clock=self.clock(time))

    def due(self, time: str | datetime) -> str:
        """Return a due date as one says it: "today, 17:00", "Friday, in 3 days", "5 June, 2 weeks ago"."""
        moment = self.here(time)
        days = (moment.date() - self.now.astimezone(self.zone).date()).days
        if days == 0:
            return spoken.gettext("today, %(clock)s", clock=self.clock(moment))
        if days == 1:
            return spoken.gettext("tomorrow, %(clock)s", clock=self.clock(moment))
        if days == -1:
            return spoken.gettext("yesterday, %(clock)s", clock=self.clock(moment))
        near = 1 < days < 7
        name = dates.format_date(moment, "EEEE", locale=self.locale) if near else self.day(moment)
        # Whole calendar days, not steps of 24 hours: on Tuesday, Friday is in 3 days at any hour.
        distance = dates.format_timedelta(
            timedelta(days=days),
            add_direction=True,
            threshold=8 if near else 1.2,
            locale=self.locale,
            granularity="day",
        )
        return spoken.gettext("%(day)s, %(distance)s", day=name, distance=distance)

    def number(self, value: float, digits: int = 2) -> str:
        """Return a number with at most `digits` decimals, in the reader's notation."""
        pattern = "#,##0." + "#" * digits
        return numbers.format_decimal(round(value, 9), format=pattern, locale=self.locale)

    def past(self, time: str | datetime) -> bool:
        """Whether a time has gone by."""
        return self.here(time) < self.now


def variant(accepted: str) -> str:
    """Choose the locale of dates and numbers from an Accept-Language header.

    It is the reader's own variant of the served language ("de-AT" on a German page), where she has one.
    """
    served = spoken.language()
    own = (tag for tag in _ranked(accepted) if tag == served or tag.startswith(f"{served}-"))
    return next(own, spoken.locale())


def _ranked(accepted: str) -> list[str]:
    """Return the language tags of an Accept-Language header, the best first."""
    ranked: list[tuple[float, str]] = []
    for part in accepted[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(ranked, key=lambda pair: pair[0]) if tag]


def zone(name: str | None, fallback: str) -> ZoneInfo:
    """Return the reader's time zone, or the campus's where hers is none."""
    for candidate in (name, fallback):
        try:
            if candidate and len(candidate) < 64:
                return ZoneInfo(candidate)
        except (KeyError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
