"""A figure with its interval: what every measure of a reader or of a model comes as."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and the interval that goes with it; no measure is told without one.

    Attributes
    ----------
    value : float
        The point estimate.
    low, high : float
        Ends of the interval, in the unit of `value`.
    confidence : float
        The interval's level, e.g. 0.95.
    method : str
        How the interval was made, e.g. ``"logit-delong"``.
    note : str
        A sentence where the reader of the figure has to know more; empty otherwise.
    """

    value: float
    low: float
    high: float
    confidence: float = 0.95
    method: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Value and interval with three decimals, as a table shows them."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"
