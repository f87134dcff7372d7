"""Contact sheets of exams and of kinds of findings."""

import json

import numpy as np
import pytest
from PIL import Image
from senolab.cases import sheet
from senolab.cases.library import Library
from senolab.cases.scales import SCALES
from senolab.cli.main import main


@pytest.fixture
def library(drawn, tmp_path) -> Library:
    made = Library(tmp_path / "lib")
    for exam in drawn:
        made.add(exam.id, exam.views, vendor="Senolab", licence="own", synthetic=True, source="tests")
    return made


def test_each_exam_hangs_in_a_row_of_four_views(library, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    assert main(["exams", "sheet", "--library", str(tmp_path / "lib"), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == str(out)
    picture = np.asarray(Image.open(out))
    assert picture.shape == (2 * (416 + 16), 4 * (320 + 4))
    rows = picture[16:432], picture[448:]
    assert all(np.count_nonzero(row > 60) > 0.2 * row.size for row in rows)
    # the chest walls of both sides meet: what is bright lies in the middle of each pair
    assert rows[0][:, 300:340].mean() > 3 * rows[0][:, :40].mean()


def test_a_library_without_exams_is_refused_in_a_sentence(tmp_path, capsys):
    assert main(["exams", "sheet", "--library", str(tmp_path), "--out", str(tmp_path / "x.png")]) != 0
    assert "there is no exam to draw" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_each_kind_of_finding_is_drawn_with_its_name(tmp_path, monkeypatch):
    kinds = {name: sheet.KINDS[name] for name in ("cyst", "popcorn calcification")}
    monkeypatch.setattr(sheet, "KINDS", kinds)
    told: list[str] = []
    sheet.findings_sheet(SCALES["ci"], tmp_path / "kinds.jpg", told=told.append)
    assert told == list(kinds)
    picture = np.asarray(Image.open(tmp_path / "kinds.jpg"))
    assert picture[:14].max() > 200
    assert np.count_nonzero(picture > 240) > 50  # calcium is white
