"""A learner's append-only record of acts: schema, append, read, merge.

The record is a JSON Lines file beside the notebook. Every act (an answer, a commit, a reveal) is one
line, written the moment it happens. Its chain of digests makes accidental damage noticeable; proof
against a doctored record is the campus's own stamps, not this file.
"""

from .acts import KINDS, Act, DamagedActError
from .fold import answers, merge
from .journal import Damage, Record, append, dump, parse, read

__all__ = [
    "KINDS",
    "Act",
    "Damage",
    "DamagedActError",
    "Record",
    "answers",
    "append",
    "dump",
    "merge",
    "parse",
    "read",
]
