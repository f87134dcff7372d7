"""Why a file could not be read or written, in words for a person; the machine's own are English and terse."""

import errno
import os

from . import gettext, marked

_WORDS = {
    errno.ENOSPC: marked("the disk is full"),
    errno.EDQUOT: marked("the disk is full"),
    errno.EFBIG: marked("the file would be too large"),
    errno.EACCES: marked("this is not allowed"),
    errno.EPERM: marked("this is not allowed"),
    errno.EROFS: marked("nothing may be written there"),
    errno.ENOENT: marked("it is missing"),
    errno.EISDIR: marked("a folder stands in its place"),
    errno.ENOTDIR: marked("a file stands where a folder should be"),
    errno.ELOOP: marked("a link stands in its place"),
    errno.EIO: marked("the disk does not answer"),
}


def reason(problem: OSError) -> str:
    """Return why, in the served language, to stand after a colon; the unusual as the machine says it."""
    number = problem.errno or 0
    if number not in _WORDS or problem.strerror != os.strerror(number):  # we said it in a sentence already
        return problem.strerror or str(problem)
    return gettext(_WORDS[number])
