"""Prints the sha256 of each view of one small exam, per vendor; run in processes of their own."""

import hashlib
import json

from senolab.cases.findings.catalogue import described
from senolab.cases.imaging import images_of
from senolab.cases.scales import SCALES
from senolab.cases.vendors import VENDORS
from senolab.cases.woman import Woman

FINDINGS = (
    described("fine pleomorphic calcifications", side="L", size_mm=11.0, contrast=0.9),
    described("spiculated mass", side="R", size_mm=9.0),
)
WOMAN = Woman(4711, 61, "c", 0.95, 52.0, FINDINGS)


def hashes() -> dict[str, str]:
    """Vendor, view and intent -> sha256 of the pixels."""
    found = {}
    for key, vendor in VENDORS.items():
        for image in images_of(WOMAN, SCALES["ci"], vendor=vendor):
            for intent, pixels in (("presentation", image.pixels), ("processing", image.raw)):
                name = f"{key} {image.view} {intent}"
                found[name] = hashlib.sha256(pixels.astype("<u2").tobytes()).hexdigest()
    return found


if __name__ == "__main__":
    print(json.dumps(hashes()))
