"""The density of one and the same woman falls as she ages; what a class means stays."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from senolab.cases.acceptance.volume import of_woman
from senolab.cases.acceptance.women import woman_of
from senolab.cases.findings.growth import later
from senolab.cases.scales import SCALES
from senolab.cases.woman import DENSITIES, Woman


def volume_of(woman: Woman) -> float:
    """Volumetric density in %, mean of both views."""
    found = of_woman(woman, SCALES["ci"])
    return 50 * (found["CC"] + found["MLO"])


@pytest.mark.parametrize("density", DENSITIES)
def test_density_falls_by_a_sixth_to_a_fifth_between_50_and_70(density, record_property):
    young = replace(woman_of(2000, density), age=50)
    fall = 1 - volume_of(replace(young, age=70)) / volume_of(young)
    record_property("fall", fall)
    assert 0.12 <= fall <= 0.22


@pytest.mark.parametrize("density", "bd")
def test_density_falls_at_each_round_of_two_years_however_she_is_laid(density):
    first = replace(woman_of(2001, density), age=56, until=10)
    found = [volume_of(later(first, 2 * number)) for number in range(6)]
    assert all(one > other for one, other in pairwise(found)), found


def test_a_class_means_what_it_meant_at_the_ages_that_are_screened():
    medians = [np.median([volume_of(woman_of(2000 + n, density)) for n in range(3)]) for density in DENSITIES]
    assert medians == pytest.approx([5.8, 7.5, 12.4, 21.5], rel=0.06)
    assert medians == sorted(medians)
