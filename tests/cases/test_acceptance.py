"""The acceptance table: its measures on textures that are known, and what a caller of the command sees."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import fft, ndimage
from senolab.cases.acceptance import (
    archive,
    bits,
    measures,
    network,
    network_training,
    running,
    shortcut,
    texture,
    truthfit,
    volume,
)
from senolab.cases.acceptance.discrimination import area, area_interval, scores_by_woman
from senolab.cases.acceptance.entropy import fractional_entropy
from senolab.cases.acceptance.network_training import Areas, Fold
from senolab.cases.acceptance.reference import PIXEL_MM, clustered_lumpy, compartments, in_noise
from senolab.cases.acceptance.rows import Row, failed, mean_interval, not_measured, table
from senolab.cases.acceptance.spectrum import power_law
from senolab.cases.acceptance.women import exposed, screened, woman_of
from senolab.cases.scales import SCALES
from senolab.cli import exams_accept
from senolab.cli.main import main

CI = SCALES["ci"]
PIXEL = 0.14


def power_law_noise(exponent: float, side: int = 1024, *, seed: int = 0) -> np.ndarray:
    """Gaussian noise whose power falls as f^-exponent."""
    rng = np.random.default_rng(seed)
    steps = np.hypot(fft.fftfreq(side)[:, None], fft.rfftfreq(side)[None, :])
    steps[0, 0] = np.inf
    white = np.asarray(fft.rfft2(rng.standard_normal((side, side))))
    return np.asarray(fft.irfft2(white * steps ** (-exponent / 2), (side, side)))


def everywhere(image: np.ndarray) -> np.ndarray:
    return np.ones(image.shape, bool)


def row(holds: bool | None, **words) -> Row:
    usual = {"name": "layers", "measure": "a layer", "value": "1", "wanted": "2", "source": "Doe 2001"}
    return Row(holds=holds, **usual | words)


@pytest.mark.parametrize("exponent", [1.8, 2.6, 3.2, 3.7])
def test_a_known_exponent_is_found_again(exponent):
    image = power_law_noise(exponent)
    found = power_law(image, everywhere(image), PIXEL)
    assert found.exponent == pytest.approx(exponent, abs=0.12)
    assert found.r2 > 0.98
    assert found.rois == 200


def test_white_noise_on_top_moves_the_exponent_little_and_is_told():
    image = power_law_noise(3.2)
    strength = (0.8 * PIXEL) ** -1.6  # as strong as the texture at 0.8 cycles/mm
    noise = strength * np.random.default_rng(1).standard_normal(image.shape)
    loud = power_law(image + noise, everywhere(image), PIXEL)
    assert loud.exponent == pytest.approx(3.2, abs=0.2)
    assert loud.noise_from == pytest.approx(0.8, rel=0.1)


def test_an_image_with_too_small_a_usable_part_is_refused():
    image = power_law_noise(3.0, 512)
    small = np.zeros(image.shape, bool)
    small[100:250, 100:250] = True
    with pytest.raises(ValueError, match="fits into the usable part"):
        power_law(image, small, PIXEL)
    with pytest.raises(ValueError, match="fits into the image"):
        power_law(image[:100, :100], small[:100, :100], PIXEL)
    with pytest.raises(ValueError, match=r"too little of the image is usable for answers at 0\.1"):
        fractional_entropy(image, small, PIXEL, bands=(0.1,))


def test_gaussian_noise_has_no_fractional_entropy_and_laplacian_texture_has_all_of_it():
    noise = power_law_noise(3.0, 900)
    gauss = fractional_entropy(noise, everywhere(noise), PIXEL_MM, bands=(0.5, 1.0))
    assert max(gauss.values()) < 0.05
    # A Gaussian whose variance is exponentially distributed is Laplacian; varying slowly it is so in a band.
    white = np.random.default_rng(5).standard_normal((3, 900, 900))
    slow = [ndimage.gaussian_filter(one, 25.0, mode="wrap") for one in white[:2]]
    image = np.hypot(*(one / one.std() for one in slow)) * white[2]
    laplace = fractional_entropy(image, everywhere(image), PIXEL_MM, bands=(1.0,))
    assert laplace[1.0] == pytest.approx(1.0, abs=0.25)


def test_the_lumpy_background_is_nearly_gaussian_and_the_compartments_are_not():
    found = []
    for make in (clustered_lumpy, compartments):
        image = in_noise(make(np.random.default_rng(2), 160), 3.2, 1.5, np.random.default_rng(3))
        assert power_law(image, everywhere(image), PIXEL_MM).exponent == pytest.approx(3.2, abs=0.15)
        found.append(fractional_entropy(image, everywhere(image), PIXEL_MM, bands=(0.5, 1.0)))
    lumpy, cells = found
    assert all(lumpy[band] < 0.6 * cells[band] for band in (0.5, 1.0))


def test_the_usable_part_is_thick_and_free_of_muscle_and_air():
    for one in exposed(woman_of(1, "b"), "L", CI):
        usable = one.usable()
        thickness = (one.paths.adipose + one.paths.gland)[usable]
        assert usable.mean() > 0.1
        assert np.ptp(thickness) < 0.01 * one.view.thickness_mm
        assert not (one.muscle[usable] > 0).any()
        assert one.attenuation()[usable].min() > 0.5


def test_what_is_left_out_of_an_image_still_has_its_place():
    mass = replace(truthfit._usual("circumscribed mass", "L"), size_mm=12.0)
    woman = replace(woman_of(2, "b"), findings=(mass,))
    (bearing, _), (bare, _) = (
        list(exposed(woman, "L", CI, left_out=left_out)) for left_out in (frozenset(), frozenset({1}))
    )
    assert np.array_equal(bearing.grown[0].centre, bare.grown[0].centre)
    change = bearing.paths.gland - bare.paths.gland
    assert change[bare.shadows[0].window].max() > 1.0
    change[bare.shadows[0].window] = 0.0
    assert not change.any()


def test_half_of_the_screened_women_are_b_or_c_and_no_two_are_alike():
    women = screened(20)
    assert [sum(w.density == d for w in women) for d in "abcd"] == [2, 8, 8, 2]
    assert len({(w.seed, w.size, w.thickness_mm) for w in women}) == 20


def test_density_is_judged_by_its_medians_and_quartiles():
    def women(*parts: float) -> list[dict]:
        spread = (-0.004, -0.001, 0.001, 0.004)
        return [
            {"density": d, "CC": part + s, "MLO": part + s}
            for d, part in zip("abcd", parts, strict=True)
            for s in spread
        ]

    assert volume.rows(women(0.05, 0.08, 0.12, 0.2))[0].holds
    assert not volume.rows(women(0.05, 0.051, 0.12, 0.2))[0].holds
    assert not volume.rows(women(0.08, 0.05, 0.12, 0.2))[0].holds


def test_bytes_and_pixels_that_change_are_named_and_a_program_that_lacks_is_told():
    same = {"images": 24, "apart": [], "plain": []}
    assert [one.holds for one in bits.rows([same])] == [True, True]
    fewer = bits.rows([same | {"plain": ["B RCC processing"]}])[1]
    assert not fewer.holds and fewer.value == "1 (B RCC processing)"
    assert not bits.rows([same | {"plain": None}])[1].measured
    sent = {"sent": 12, "changed": []}
    assert archive.rows([sent, sent])[0].holds
    assert archive.rows([sent, sent | {"changed": ["LCC.dcm"]}])[0].value == "1 (LCC.dcm)"
    assert archive.rows([sent, {"sent": None}])[0].value == "not measured: install dcmtk"


def test_what_is_below_the_wanted_truth_is_named():
    good = {"kind": "cyst", "view": "RCC", "overlap": 0.97, "centre_px": 0.2, "contrast": 0.1}
    good["edge_overlap"] = 0.95
    bad = good | {"kind": "spiculated mass", "view": "LMLO", "overlap": 0.888, "edge_overlap": None}
    overlap, centre, edge = truthfit.rows([{"found": [good, bad]}])
    assert not overlap.holds
    assert "0.888 (spiculated mass MLO 0.888)" in overlap.value
    assert centre.holds
    assert edge.holds
    assert "1 masks of masses and nodes" in edge.measure
    assert all(not one.holds for one in truthfit.rows([{"found": []}]))


def test_all_kinds_of_finding_are_among_the_women_of_the_truth():
    found = {f.kind for piece in truthfit.pieces(2, CI) for f in piece.about[0].findings}
    assert found == set(truthfit.KINDS)


def test_a_trace_beside_the_masses_is_noticed_and_its_absence_too():
    rng = np.random.default_rng(0)
    owner, ill = np.repeat(np.arange(60), 10), np.repeat(np.arange(60) % 2 == 0, 10)
    features = rng.standard_normal((600, 3))
    traced = features + ill[:, None] * [0.9, 0.0, 0.0]
    areas = []
    for found in (features, traced):
        scores = scores_by_woman(found, ill, owner)
        low, high = area_interval(scores, np.arange(60) % 2 == 0, owner)
        assert low < area(scores, ill) < high
        areas.append(area(scores, ill))
    assert 0.42 < areas[0] < 0.58
    assert areas[1] > 0.68


def test_the_patches_of_the_control_lie_beside_the_place_of_the_mass():
    women = [piece for piece in shortcut.pieces(2, CI) if piece.about[0].seed in (5000, 5001)]
    found = [piece.measure(*piece.about) for piece in women]
    assert [one["bears"] for one in found] == [False, True]
    assert all(len(one["patches"]) > 8 and len(one["patches"][0]) == 6 for one in found)


def test_without_torch_the_networks_rows_say_so_and_nothing_fails(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(network, "find_spec", lambda _name: None)
    assert main(["exams", "accept", "--only", "network", "--work", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out.count("not measured: needs torch") == 3
    assert "3 not measured" in said.err


def test_the_patches_of_the_network_are_those_of_both_vendors_half_of_them_with_a_mass():
    woman = replace(network._with_masses(woman_of(3, "b")), thickness_mm=50.0)
    found = network.of_woman(woman, CI)
    images = {vendor: network._decoded(words) for vendor, words in found["patches"].items()}
    assert images["A"].shape == images["B"].shape == (16, 48, 48)
    assert sum(found["ill"]) == 8
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(*images.values(), strict=True)]
    assert min(alike) > 0.7


def test_each_fold_of_the_network_holds_women_of_each_density_and_no_woman_is_in_two(monkeypatch):
    woman = {"ill": [True, False] * 4, "patches": dict.fromkeys("AB", network._coded(np.zeros((8, 48, 48))))}
    women = [woman | {"density": "bcd"[n % 3]} for n in range(18)]
    seen = {}

    def without_training(_images, shown, ill, fold):
        seen["fold"] = fold
        rng = np.random.default_rng(0)
        tests = [np.flatnonzero(fold == number) for number in range(3)]
        return [Fold(test, {key: rng.standard_normal(len(test)) for key in shown}) for test in tests]

    monkeypatch.setattr(network_training, "trained", without_training)
    rows = network.rows(women)
    folds = seen["fold"].reshape(18, 8)
    assert (folds == folds[:, :1]).all()
    assert all(
        {"bcd"[n % 3] for n in range(18) if folds[n, 0] == number} == set("bcd") for number in range(3)
    )
    assert [one.measured for one in rows] == [True] * 3


def test_areas_are_compared_within_folds_and_a_drop_has_its_interval():
    rng = np.random.default_rng(1)
    owner, ill = np.repeat(np.arange(30), 8), np.tile([True, False], 120)
    folds = []
    for number in range(3):
        test = np.flatnonzero(owner % 3 == number)
        own = 100 * number  # folds have scales of their own
        good = own + 2.0 * ill[test] + rng.standard_normal(len(test))
        folds.append(Fold(test, {"A": good, "B": good + 3 * rng.standard_normal(len(test))}))
    areas = Areas(folds, ill, owner)
    value, low, high = areas.of("A")
    assert 0.85 < low < value < high < 0.98
    assert areas.drop("A", "B")[1] > 0.1
    assert areas.of("A", among=np.arange(30) % 2 == 0)[0] == pytest.approx(value, abs=0.06)


def test_the_mean_of_a_sample_has_students_interval():
    assert mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2.0, 2.0 - 2.4841, 2.0 + 2.4841), abs=1e-3)
    assert mean_interval([1.0])[2] == np.inf


def test_the_table_tells_what_holds_what_does_not_and_what_was_not_measured():
    rows = [row(True), row(False), row(None), not_measured("x", "a network", "1", "own", why="needs torch")]
    lines = table(rows).splitlines()
    verdicts = [line.split("|")[-2].strip() for line in lines]
    assert verdicts[0] == "holds"
    assert verdicts[2:] == ["yes", "no", "-", "not measured"]
    assert "not measured: needs torch" in lines[-1]
    assert len({len(line) for line in lines}) == 1
    assert failed(rows) == [rows[1]]


def test_a_row_that_fails_is_told_and_the_command_says_1(monkeypatch, tmp_path, capsys):
    words = ["exams", "accept", "--only", "layers", "--scale", "ci", "--work", str(tmp_path / "work")]
    assert main(words) == 0
    assert "0.457 ± 0.003 mm Al" in capsys.readouterr().out
    monkeypatch.setitem(measures.beam.PUBLISHED_MM, "W/Rh 28", 0.5)
    assert main([*words, "--out", str(tmp_path / "table.md")]) == 1
    said = capsys.readouterr()
    assert "| no " in said.out
    assert "1 do not hold" in said.err
    assert (tmp_path / "table.md").read_text("utf-8") == said.out


def test_the_json_is_one_array_of_rows_with_their_numbers(tmp_path, capsys):
    words = ["--women", "2", "--jobs", "1", "--scale", "ci", "--work", str(tmp_path)]
    main(["exams", "accept", "--only", "power-law", "entropy", "--json", *words])
    rows = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in rows] == ["power-law"] * 5 + ["entropy"] * 3
    for one in rows:
        assert set(one) == {
            "name",
            "measure",
            "value",
            "wanted",
            "source",
            "holds",
            "measured",
            "figures",
        }
        assert isinstance(one["holds"], bool)
        assert one["measured"]
    assert rows[0]["figures"]["low"] < rows[0]["figures"]["mean"] < rows[0]["figures"]["high"]


def counted(number: int) -> dict:
    """Stand for something that takes long to measure."""
    counted.calls += 1
    return {"number": number}


counted.calls = 0


def test_what_was_measured_is_not_measured_again(tmp_path):
    pieces = [running.Piece(f"piece-{n}", counted, (n,)) for n in range(3)]
    told: list[tuple[int, int]] = []
    first = running.all_measured(pieces[:2], tmp_path)
    both = running.all_measured(pieces, tmp_path, told=lambda done, total: told.append((done, total)))
    assert counted.calls == 3
    assert first.items() <= both.items()
    assert told == [(2, 3), (3, 3)]
    pieces[0].place(tmp_path).write_text('{"number": ', "utf-8")  # a disk that was full
    assert running.all_measured(pieces, tmp_path) == both
    assert counted.calls == 4
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_another_woman_or_scale_is_another_measurement():
    places = {
        texture.pieces(2, scale)[n].place(running.Path("work")) for scale in SCALES.values() for n in (0, 1)
    }
    assert len(places) == 6


def test_the_command_knows_all_measures():
    assert tuple(measures.MEASURES) == exams_accept.NAMES


@pytest.mark.parametrize("words", [["--women", "one"], ["--jobs", "0"], ["--only", "beauty"]])
def test_wrong_words_are_refused(words):
    with pytest.raises(SystemExit) as refusal:
        main(["exams", "accept", *words])
    assert refusal.value.code == 2
