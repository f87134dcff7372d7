"""What a cohort holds, read from YAML, and who its women are, drawn from a secret."""

import re
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .faults import FAULTS
from .finding_plans import FindingPlan, Range, findings_of, only, span
from .findings.catalogue import described, kind_of
from .findings.finding import Finding
from .findings.growth import doubling_days
from .findings.incidental import incidental
from .identity import exam_id, keyed, seed_from
from .phantoms import PhantomPlan, phantom_from
from .planting import MOVED, NOTHING, Planted, planted_from
from .rounds import ONCE, Rounds, each_round, rounds_from
from .vendors import vendor_named
from .woman import DENSITIES, SIDES, Woman


@dataclass(frozen=True)
class WomanPlan:
    """A woman to draw, as she is at her last round; what is a range is drawn anew in each form."""

    density: str
    age: Range
    size: Range
    thickness_mm: Range
    findings: tuple[FindingPlan, ...]
    vendor: str = "A"
    fault: str = "none"
    rounds: Rounds = ONCE
    planted: Planted = NOTHING
    hospital: str = ""


@dataclass(frozen=True)
class Cohort:
    """Women of one form, drawn once per form.

    Attributes
    ----------
    forms
        Number of parallel forms, named A, B, ...
    incidental
        Whether typically benign findings come to its women by chance.
    shuffled
        Whether the order of the women is drawn too (else exam 1 is the first woman of the file).
    for_processing
        Whether the raw images are kept beside those for presentation.
    phantom
        What is exposed in place of women.
    """

    name: str
    title: str
    forms: int
    shuffled: bool
    women: tuple[WomanPlan, ...]
    incidental: bool = False
    for_processing: bool = False
    phantom: PhantomPlan | None = None

    @property
    def form_names(self) -> tuple[str, ...]:
        """``("A", "B", ...)``."""
        return tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: self.forms])


@dataclass(frozen=True)
class Drawing:
    """One exam to make.

    Attributes
    ----------
    exam, form, number
        Its id and its woman's place in the cohort.
    woman
        Who is imaged; her seed is secret.
    vendor, fault
        Whose unit images her, and what goes wrong while exposing (names in `vendors` and `physics`).
    patient
        Who she is in the headers of all her rounds; empty where she has one only and is named by the exam.
    round, rounds
        Which of her rounds it is, from 1, and how many she has.
    priors
        Exams of her earlier rounds, the latest first.
    planted
        What is odd about its files.
    hospital
        Where she was imaged, for all to see; empty where the cohort tells none.
    """

    exam: str
    form: str
    number: int
    woman: Woman
    vendor: str = "A"
    fault: str = "none"
    patient: str = ""
    round: int = 1
    rounds: int = 1
    priors: tuple[str, ...] = ()
    planted: Planted = NOTHING
    hospital: str = ""


def shipped() -> tuple[str, ...]:
    """Names of the cohorts that come with Senolab."""
    folder = resources.files("senolab.cases").joinpath("cohorts")
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def cohort_named(name: str | Path) -> Cohort:
    """Read a shipped cohort by name or any other by the path of its YAML file."""
    if str(name) in shipped():
        text = resources.files("senolab.cases").joinpath("cohorts", f"{name}.yaml").read_text("utf-8")
        return parse(text, str(name))
    path = Path(name)
    if not path.is_file():
        raise ValueError(
            f"there is no cohort {str(name)!r}: shipped are {', '.join(shipped())}, or give a YAML file"
        )
    return parse(path.read_text("utf-8"), str(path))


_OF_A_WOMAN = {"count", "density", "age", "size", "thickness_mm", "findings", "vendor", "fault"}
_OF_A_WOMAN |= {"rounds", "interval_years", "defect", "stored", "hospital"}
_OF_A_COHORT = {"name", "title", "forms", "order", "incidental", "women", "vendor"}
_OF_A_COHORT |= {"for_processing", "phantom"}


def parse(text: str, origin: str) -> Cohort:
    """Read a cohort's YAML; a ValueError with a sentence that names the file and the place."""
    try:
        found = yaml.safe_load(text)
        only(found, _OF_A_COHORT, "the cohort")
        by_chance, raw = (_yes(found, word) for word in ("incidental", "for_processing"))
        phantom, women = _imaged(found, by_chance)
        forms = int(found.get("forms", 1))
        if not (women or phantom) or not 1 <= forms <= 26:
            raise ValueError("a cohort has at least one woman, and 1 to 26 forms")
        order = found.get("order", "shuffled")
        if order not in ("shuffled", "fixed"):
            raise ValueError("order is shuffled or fixed")
        name = str(found["name"])
        title = str(found.get("title", name))
        return Cohort(name, title, forms, order == "shuffled", women, by_chance, raw, phantom)
    except yaml.YAMLError as fault:
        raise ValueError(f"{origin}: this is no YAML: {' '.join(str(fault).split())}") from fault
    except KeyError as fault:
        raise ValueError(f"{origin}: {fault.args[0]} is missing") from fault
    except (TypeError, ValueError) as fault:
        raise ValueError(f"{origin}: {fault}") from fault


def _yes(found: Any, word: str) -> bool:
    """Read a word that is true or false, false where it is not there."""
    if not isinstance(found.get(word, False), bool):
        raise ValueError(f"{word} is true or false")
    return found.get(word, False)


def _imaged(found: Any, by_chance: bool) -> tuple[PhantomPlan | None, tuple[WomanPlan, ...]]:
    """Read who is imaged: a phantom, or women."""
    vendor = str(found.get("vendor", "A"))
    if "phantom" in found:
        if "women" in found:
            raise ValueError("a cohort has women or a phantom, not both")
        return phantom_from(found["phantom"], vendor), ()
    women = tuple(
        plan for n, entry in enumerate(found["women"], 1) for plan in _alike(entry, f"woman {n}", vendor)
    )
    for plan in women:
        if plan.planted.stored in MOVED and (plan.findings or by_chance):
            raise ValueError(f"{plan.planted.stored} images are for women without findings: no mask fits")
    return None, women


def _alike(entry: Any, place: str, vendor: str) -> list[WomanPlan]:
    """Read an entry of the file: one woman, or `count` of them who are drawn from the same plan."""
    only(entry, _OF_A_WOMAN, place)
    count = entry.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 10_000:
        raise ValueError(f"{place}: count is a number of women, 1 to 10000, not {count!r}")
    return [_woman(entry, place, vendor)] * count


def _woman(entry: Any, place: str, vendor: str) -> WomanPlan:
    """One woman of the file; `vendor` images those who name none."""
    density = str(entry.get("density", "b"))
    if density not in DENSITIES or len(density) != 1:
        raise ValueError(f"{place}: density is a, b, c or d, not {density!r}")
    age = span(entry.get("age", (50, 69)), f"{place}: age", 20, 100)
    return WomanPlan(
        density,
        age,
        span(entry.get("size", (0.9, 1.08)), f"{place}: size", 0.7, 1.25),
        span(entry.get("thickness_mm", (46, 62)), f"{place}: thickness_mm", 25, 90),
        findings_of(entry.get("findings"), place),
        vendor_named(str(entry.get("vendor", vendor))).key,
        _fault(entry.get("fault", "none"), place),
        rounds_from(entry, place, age[0]),
        planted_from(entry, place),
        _hospital(entry.get("hospital", ""), place),
    )


def _hospital(entry: Any, place: str) -> str:
    """Read where a woman of the file is imaged: a name that a header can hold."""
    if not isinstance(entry, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9 -]{0,30}|", entry):
        raise ValueError(f"{place}: hospital is a name of up to 31 plain letters and digits, not {entry!r}")
    return entry


def _fault(entry: Any, place: str) -> str:
    """Read what goes wrong while a woman of the file is exposed."""
    if str(entry) not in FAULTS:
        raise ValueError(f"{place}: there is no fault {str(entry)!r}; known are {', '.join(FAULTS)}")
    return str(entry)


def drawings(cohort: Cohort, *, secret: bytes, scale: str, vendor: str | None = None) -> list[Drawing]:
    """Draw who the women are: all of it follows from the secret, none of it can be guessed without.

    The rounds of a woman follow one another, the earliest first.

    Parameters
    ----------
    vendor
        Who images all of them, whatever the file says: the same women, other exams.
    """
    found = []
    for form in cohort.form_names:
        order = np.arange(len(cohort.women))
        if cohort.shuffled:
            words = np.frombuffer(keyed(secret, "order", cohort.name, form), np.uint32)
            np.random.default_rng(words.tolist()).shuffle(order)
        for number, index in enumerate(order, 1):
            place = (cohort.name, form, number)
            plan = cohort.women[index]
            woman = _drawn(plan, seed_from(secret, *place), by_chance=cohort.incidental)
            unit = vendor or plan.vendor
            usual = unit == "A" and plan.fault == "none"
            words = (*place, scale) if usual else (*place, scale, unit, plan.fault)
            exam, extra = exam_id(secret, *words), {"planted": plan.planted, "hospital": plan.hospital}
            last = Drawing(exam, form, number, woman, unit, plan.fault, **extra)
            found += each_round(last, plan.rounds, secret, words)
    return found


def _drawn(plan: WomanPlan, seed: int, *, by_chance: bool) -> Woman:
    """Draw one woman from her plan."""
    rng = np.random.default_rng([seed, 0])
    age, size, thickness = rng.uniform(*plan.age), rng.uniform(*plan.size), rng.uniform(*plan.thickness_mm)
    side = SIDES[int(rng.integers(2))]
    followed = plan.rounds.count > 1
    findings = tuple(_drawn_finding(rng, one, side, round(float(age)), followed) for one in plan.findings)
    woman = Woman(
        seed,
        round(float(age)),
        plan.density,
        round(float(size), 3),
        round(float(thickness), 1),
        findings,
    )
    return replace(woman, findings=findings + incidental(woman)) if by_chance else woman


def _drawn_finding(
    rng: np.random.Generator, plan: FindingPlan, side: str, age: int, followed: bool
) -> Finding:
    """Draw one finding from its plan; cancers grow at the median rate of her age, as does what develops."""
    diameter, contrast = rng.uniform(*plan.size_mm), rng.uniform(*plan.contrast)
    finding = described(
        plan.kind,
        side=side if plan.side == "any" else plan.side,
        size_mm=round(float(diameter), 1),
        contrast=round(float(contrast), 2),
        **dict(plan.words),
    )
    grows = finding.outcome == "cancer" and kind_of(finding).group != "calcifications"
    grows |= followed and plan.kind == "developing asymmetry"
    return replace(finding, doubling_days=doubling_days(age)) if grows else finding
