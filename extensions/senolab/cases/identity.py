"""Names that tell nothing: exam ids, UIDs and seeds from a secret by a keyed one-way hash."""

import hashlib
import hmac
import uuid

# Practice exams carry their truth anyway; their key is public, so that everybody makes the same ones.
PRACTICE_KEY = b"senolab practice exams, nothing to hide"
PHANTOM = "CONTRAST-DETAIL"  # who is imaged where it is a test object


def keyed(secret: bytes, *words: object) -> bytes:
    """HMAC-SHA256 of the words under the secret; 32 bytes.

    Raises
    ------
    ValueError
        When the secret is shorter than 128 bits.
    """
    if len(secret) < 16:
        raise ValueError("the secret is too short: a release needs at least 16 bytes")
    return hmac.new(secret, "\x1f".join(str(word) for word in words).encode(), hashlib.sha256).digest()


def seed_from(secret: bytes, *words: object) -> int:
    """Make a seed of 128 bits."""
    return int.from_bytes(keyed(secret, "seed", *words)[:16], "big")


def exam_id(secret: bytes, *words: object) -> str:
    """Make an exam's id: ``ex-`` and 16 letters or digits."""
    return "ex-" + keyed(secret, "exam", *words).hex()[:16]


def woman_id(secret: bytes, *words: object) -> str:
    """Make the id that all rounds of a woman share: ``wo-`` and 16 letters or digits."""
    return "wo-" + keyed(secret, "woman", *words).hex()[:16]


def uid(secret: bytes, *words: object) -> str:
    """Make a DICOM UID under 2.25, the root for UUIDs (PS3.5, B.2)."""
    return f"2.25.{uuid.UUID(bytes=keyed(secret, 'uid', *words)[:16], version=4).int}"
