"""How often one person may ask: a bucket of tokens for each person and kind of request."""

import time
from collections.abc import Callable

from senolab.words import marked

from .refusal import RefusedError

# requests at once, and seconds until one more is allowed
PACES = {"read": (120, 0.25), "commit": (30, 1.0), "handin": (6, 10.0), "work": (10, 6.0)}
MOST_BUCKETS = 20_000


class Pace:
    """Refuses a person who asks more often than any page or server of hers needs to."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, person: str, kind: str) -> None:
        """Count one request.

        Raises
        ------
        RefusedError
            If it is one too many (status 429).
        """
        size, seconds = PACES[kind]
        moment = self._clock()
        level, since = self._buckets.get((person, kind), (float(size), moment))
        level = min(float(size), level + (moment - since) / seconds)
        if level < 1:
            raise RefusedError(
                marked("Too many requests at once. Please wait %(seconds)d seconds and try again."),
                status=429,
                seconds=max(1, round(seconds * (1 - level))),
            )
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.clear()
        self._buckets[person, kind] = (level - 1, moment)
