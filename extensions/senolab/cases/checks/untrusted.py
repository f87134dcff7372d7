"""Look at one file from outside. Runs in the sandbox, never elsewhere.

``python -m senolab.cases.checks.untrusted FILE`` prints one JSON object: ``findings`` (rule, severity, words)
and ``facts``, null where the file is no object.
"""

import json
import sys
from pathlib import Path

from .opening import opened

_MOST = 200  # findings told of one file


def main(words: list[str]) -> int:
    """Look at FILE and tell about it on standard output."""
    findings, facts = opened(Path(words[0]))
    told = [[finding.rule, finding.severity, finding.words] for finding in findings[:_MOST]]
    print(json.dumps({"findings": told, "facts": facts.to_json() if facts else None}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
