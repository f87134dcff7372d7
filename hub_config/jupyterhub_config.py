"""JupyterHub reads this file; what it says stands in the modules beside it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from senolab.operation import settings

from hub_config import campus

state = Path(os.environ["SENOLAB_STATE"])
campus.apply(
    campus.configuration(
        settings.from_json((state / "run" / "campus.json").read_text("utf-8")),
        tokens=campus.tokens(state),
    ),
    get_config(),  # noqa: F821 # pyright: ignore[reportUndefinedVariable] - given by traitlets
)

# An operator's own lines come last: *.py in the folder hub.d of the state, in order of their names.
for path in sorted((state / "hub.d").glob("*.py")):
    load_subconfig(str(path))  # noqa: F821 # pyright: ignore[reportUndefinedVariable]
