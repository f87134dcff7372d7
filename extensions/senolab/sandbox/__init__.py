"""Run a command nobody trusts: bubblewrap, limits, no network; home of the hub's spawner.

>>> from senolab.sandbox import Limits, Mount, run  # doctest: +SKIP
>>> run(["python", "job.py"], home=folder, limits=Limits(wall_seconds=60)).reason  # doctest: +SKIP
"""

from senolab.sandbox.job import Finished, end, run
from senolab.sandbox.machine import Availability, available
from senolab.sandbox.walls import Limits, Mount, command, home_of

__all__ = ["Availability", "Finished", "Limits", "Mount", "available", "command", "end", "home_of", "run"]
