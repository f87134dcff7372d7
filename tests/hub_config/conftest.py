"""The hub's configuration lies at the top of the checkout, beside the package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
