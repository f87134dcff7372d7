"""What is counted in screening: the four counts of a test, and the audit of one round.

Counts that contradict each other are refused here, so that no figure is ever made of them.
"""

from dataclasses import dataclass

from senolab.metrics.proportions import cases


@dataclass(frozen=True)
class Counts:
    """Screens by truth and by call: `tp`, `fp`, `fn`, `tn` are non-negative integers."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            cases(value, name)


_MAY_LACK = {"biopsies_recommended", "cancers_recommended", "biopsies_performed", "cancers_biopsied"}
# Each of these is counted within the other.
_WITHIN = {
    "recalls": ("screens",),
    "screen_detected_cancers": ("recalls",),
    "biopsies_recommended": ("recalls",),
    "biopsies_performed": ("biopsies_recommended", "recalls"),
    "cancers_recommended": ("biopsies_recommended", "screen_detected_cancers"),
    "cancers_biopsied": ("biopsies_performed", "cancers_recommended", "screen_detected_cancers"),
}


@dataclass(frozen=True, kw_only=True)
class Round:
    """The counts of one screening round, in women; a part that exceeds its whole is refused.

    Attributes
    ----------
    screens, recalls : int
        Women screened, and those among them whose screen was abnormal.
    screen_detected_cancers, interval_cancers : int
        Cancers after an abnormal and after a normal screen, within the follow-up.
    biopsies_recommended, cancers_recommended : int or None
        Women recalled with a recommended tissue diagnosis (BI-RADS 4, 5), and the cancers among them;
        None where the programme does not keep this.
    biopsies_performed, cancers_biopsied : int or None
        Those of them who had the biopsy, and the cancers among these.
    follow_up_months : int
        12 in the BCSC, the interval or 24 in Europe; rates of different windows do not compare.
    """

    screens: int
    recalls: int
    screen_detected_cancers: int
    interval_cancers: int
    biopsies_recommended: int | None = None
    cancers_recommended: int | None = None
    biopsies_performed: int | None = None
    cancers_biopsied: int | None = None
    follow_up_months: int = 12

    def __post_init__(self) -> None:
        for name in vars(self).keys() - _MAY_LACK:
            cases(getattr(self, name), name)
        kept = {name: value for name, value in vars(self).items() if value is not None}
        for name, value in kept.items():
            cases(value, name, least=int(name in {"screens", "follow_up_months"}))
        for part, whole in ((part, whole) for part, wholes in _WITHIN.items() for whole in wholes):
            if part in kept and whole in kept and kept[part] > kept[whole]:
                told = f"{kept[part]} {part} exceed {kept[whole]} {whole}".replace("_", " ")
                raise ValueError(f"{told}, among which they are counted")
        if self.interval_cancers > (normal := self.screens - self.recalls):
            raise ValueError(f"{self.interval_cancers} interval cancers exceed {normal} normal screens")

    @property
    def counts(self) -> Counts:
        """The four counts of the screening test."""
        tp, fn = self.screen_detected_cancers, self.interval_cancers
        return Counts(tp, self.recalls - tp, fn, self.screens - self.recalls - fn)
