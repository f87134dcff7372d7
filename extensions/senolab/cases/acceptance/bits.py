"""Whether a woman gives the same bytes on a processor with fewer features, and in processes of their own."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from senolab.cases.findings.catalogue import described
from senolab.cases.imaging import images_of
from senolab.cases.scales import SCALES, Scale
from senolab.cases.vendors import VENDORS
from senolab.cases.woman import Woman

from .rows import Row, not_measured
from .running import Piece

# The plainest processor that the libraries still run on: numpy's own loops, numba's code and the C
# library's exponentials each choose by features.
PLAIN = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 X86_V3",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX,-FMA,-FMA4",
}
FINDINGS = (
    described("fine pleomorphic calcifications", side="L", size_mm=11.0, contrast=0.9),
    described("spiculated mass", side="R", size_mm=9.0),
)
WOMAN = Woman(4711, 61, "c", 0.95, 52.0, FINDINGS)


def pieces(_count: int, _scale: Scale) -> list[Piece]:
    """List what is made: one small exam of each vendor, three times over."""
    return [Piece("bits", compared)]


def compared() -> dict[str, Any]:
    """Make the exams in one process, in one each, and in one with fewer features; name what differs."""
    whole = hashes(VENDORS)
    apart = {name: sha for vendor in VENDORS for name, sha in hashes([vendor]).items()}
    plain = hashes(VENDORS, **PLAIN) if platform.machine() == "x86_64" else None
    return {
        "images": len(whole),
        "apart": _differ(whole, apart),
        "plain": None if plain is None else _differ(whole, plain),
    }


def hashes(vendors: Iterable[str], **environment: str) -> dict[str, str]:
    """Give what a process with such an environment makes: vendor, view, intent -> sha256 of the pixels.

    Raises
    ------
    ValueError
        If it makes nothing; with its last words.
    """
    words = [sys.executable, "-m", __name__, *vendors]
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"an exam could not be made: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)


def _differ(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def rows(found: list[dict[str, Any]]) -> list[Row]:
    """Judge that no image differs."""
    return [
        _row(one, kind, about)
        for one in found
        for kind, about in (
            ("apart", "one process or one each"),
            ("plain", "all of the processor or its least"),
        )
    ]


def _row(found: dict[str, Any], kind: str, about: str) -> Row:
    measure = f"images of {found['images']} that differ in any bit, made by {about}"
    names = found[kind]
    if names is None:
        return not_measured("bits", measure, "0", "own", why="this processor is none of the x86_64")
    value = f"{len(names)}" + (f" ({', '.join(names)[:120]})" if names else "")
    figures = {"differing": names}
    return Row(
        name="bits", measure=measure, value=value, wanted="0", source="own", holds=not names, figures=figures
    )


def main(vendors: list[str]) -> None:
    """Print the hashes of the woman's images, For Presentation and For Processing, of each vendor."""
    found = {}
    for key in vendors:
        for image in images_of(WOMAN, SCALES["ci"], vendor=VENDORS[key]):
            for intent, pixels in (("presentation", image.pixels), ("processing", image.raw)):
                name = f"{key} {image.view} {intent}"
                found[name] = hashlib.sha256(pixels.astype("<u2").tobytes()).hexdigest()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
