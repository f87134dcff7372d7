"""The campus's own secrets, and what is derived from them: forms, receipts."""

import hashlib
import hmac
from collections.abc import Sequence

from senolab.lessons.shelf import Shelf

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that reads as a digit


class Keyring:
    """Keys that are made once and readable by the campus's account alone."""

    def __init__(self, shelf: Shelf):
        self.cookie = shelf.secret("campus-cookie.key")
        self._form = shelf.secret("campus-form.key")
        self._receipt = shelf.secret("campus-receipt.key")

    def form(self, learner: str, course: str, lesson: str, forms: Sequence[str]) -> str:
        """Return the form of the exam that a learner gets: always the same, and not to be guessed."""
        if not forms:
            return "A"
        digest = _hmac(self._form, learner, course, lesson)
        return forms[int.from_bytes(digest[:8], "big") % len(forms)]

    def receipt(self, *parts: str) -> str:
        """Return a short code that nobody else could have made: 12 letters (60 bits) in groups of 4."""
        number = int.from_bytes(_hmac(self._receipt, *parts)[:8], "big") >> 4
        letters = "".join(_LETTERS[(number >> shift) & 31] for shift in range(55, -1, -5))
        return "-".join(letters[i : i + 4] for i in range(0, 12, 4))


def _hmac(key: bytes, *parts: str) -> bytes:
    """Return a keyed digest of parts; their lengths go in, so that no two lists of parts meet."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).digest()
