"""New names for imported women, exams and images: a keyed one-way hash whose secret stays in the library.

Two exams of one woman get the same pseudonym, and their dates move by the same number of days, so that the
time between them stays and no calendar day of hers does. Moved dates, not days since the first exam: viewers
and programs that sort by StudyDate then work unchanged, and an exam that comes in later needs no other to be
written anew. (PS3.15, annex E.3.6: retain longitudinal temporal information with modified dates.)
"""

import os
import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from senolab.cases.identity import keyed
from senolab.cases.untrusted import marks

# What systems write for "nobody": no link between women may come of it.
_NOBODY = re.compile(
    r"0*|x*|-*|anon\w*|unknown|none|null|n/?a|no ?id|patient|test|removed|deidentified|imported", re.I
)
_DIGITS = 39


def secret_of(library: Path) -> bytes:
    """Read the secret of a library; made at the first import, readable by its owner alone."""
    path = library / "import-secret"
    if not path.exists():
        library.mkdir(parents=True, exist_ok=True)
        beside = library / f".import-secret.{os.getpid()}"
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)  # the first of two imports at the same time wins
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return bytes.fromhex(path.read_text("ascii").strip())


@dataclass(frozen=True)
class Names:
    """New names of one image; all of the lengths that `untrusted.marks` has."""

    patient: str
    study: str
    series: str
    instance: str
    frame: str
    day: str  # YYYYMMDD, or empty where no date was told

    def stamped(self, data: bytes) -> bytes:
        """Write the names over the marks of a clean object."""
        head, rest = data[: marks.WITHIN], data[marks.WITHIN :]
        pairs = [
            (marks.STUDY, self.study),
            (marks.SERIES, self.series),
            (marks.INSTANCE, self.instance),
            (marks.FRAME, self.frame),
            (marks.PATIENT, self.patient),
            (marks.DATE, self.day or " " * len(marks.DATE)),
        ]
        for mark, name in pairs:
            head = head.replace(mark.encode(), name.encode())
        return head + rest


def patient_of(secret: bytes, source: str, patient: str, exam: str) -> str:
    """Name a woman; one whose own id says nothing is told by her exam, so that no two are taken for one."""
    known = patient and not _NOBODY.fullmatch(patient.strip())
    return "pt-" + keyed(secret, "patient", source, patient if known else f"exam {exam}").hex()[:16]


def uid_of(secret: bytes, *words: object) -> str:
    """Make a UID under 2.25 of always the same length."""
    count = 0
    while True:
        number = str(int.from_bytes(keyed(secret, "uid", count, *words)[:16], "big"))
        if len(number) == _DIGITS:
            return f"2.25.{number}"
        count += 1


def moved(secret: bytes, patient: str, day: str) -> str:
    """Move a day (YYYYMMDD) back by one to ten years, by the same for all exams of a woman."""
    try:
        told = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
        shift = 365 + int.from_bytes(keyed(secret, "days", patient)[:4], "big") % 3287
        return (told - timedelta(days=shift)).strftime("%Y%m%d").rjust(8, "0")
    except (ValueError, OverflowError):
        return ""


def keyed_digest(secret: bytes, digest: str) -> str:
    """Name a file by its content: known again here, and by nobody who has the file but not the secret."""
    return keyed(secret, "file", digest).hex()[:32]
