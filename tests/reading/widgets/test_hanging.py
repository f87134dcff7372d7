"""How an image hangs is read from its header."""

import numpy as np
import pytest
from senolab.reading import hanging
from senolab.reading.hanging import ImageError
from senolab.reading.viewer import views_in
from widgets_making import SPACING, breast, dicom, write_exam


def bytes_of(view: str, **extra: object) -> bytes:
    import io

    mirrored = bool(extra.pop("mirrored", False))
    ds = dicom(view, breast(view, mirrored=mirrored), mirrored=mirrored, jpegls=False, **extra)
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


def code(value: str, scheme: str = "SCT"):
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "view"
    return [item]


@pytest.mark.parametrize("view", ["RCC", "LCC", "RMLO", "LMLO"])
def test_an_image_stored_as_at_the_workstation_is_not_mirrored(view: str) -> None:
    read = hanging.read(bytes_of(view))
    assert (read.view, read.laterality, read.flip_x, read.flip_y) == (view, view[0], False, False)
    assert read.spacing == (SPACING, SPACING)


@pytest.mark.parametrize("view", ["RCC", "LMLO"])
def test_an_image_stored_the_wrong_way_round_is_mirrored(view: str) -> None:
    assert hanging.read(bytes_of(view, mirrored=True)).flip_x


@pytest.mark.parametrize(
    ("view", "orientation"),
    [("RMLO", ["P", "HL"]), ("LMLO", ["A", "H"]), ("RCC", ["P", "R"]), ("LCC", ["A", "L"])],
)
def test_an_image_stored_upside_down_is_turned(view: str, orientation: list[str]) -> None:
    assert hanging.read(bytes_of(view, PatientOrientation=orientation)).flip_y


def test_oblique_orientations_are_understood() -> None:
    read = hanging.read(bytes_of("RMLO", PatientOrientation=["P", "FL"]))
    assert (read.flip_x, read.flip_y) == (False, False)


@pytest.mark.parametrize(("value", "view"), [("399162004", "RCC"), ("R-10242", "RCC"), ("R-10226", "RMLO")])
def test_the_view_code_goes_before_the_plain_text(value: str, view: str) -> None:
    assert hanging.read(bytes_of("RCC", ViewPosition="", ViewCodeSequence=code(value))).view == view


def test_a_header_without_orientation_is_told_to_the_reader() -> None:
    assert "orientation" in hanging.read(bytes_of("RCC", PatientOrientation=None)).note


def test_windows_keep_their_names_and_their_shape() -> None:
    read = hanging.read(
        bytes_of("RCC", WindowCenter=[2000, 2100], WindowWidth=[900, 700], VOILUTFunction="SIGMOID",
                 WindowCenterWidthExplanation=["NORMAL", "HARDER"])
    )  # fmt: skip
    assert [(w.name, w.center, w.width, w.shape) for w in read.windows] == [
        ("Normal", 2000, 900, "SIGMOID"),
        ("Harder", 2100, 700, "SIGMOID"),
    ]


def test_an_exact_line_is_the_ordinary_line_half_a_step_aside() -> None:
    (window,) = hanging.read(bytes_of("RCC", VOILUTFunction="LINEAR_EXACT")).windows
    assert (window.center, window.width, window.shape) == (2048.5, 4097, "LINEAR")


def test_an_exam_hangs_in_the_order_of_the_workstation(tmp_path) -> None:
    views = views_in(write_exam(tmp_path / "exam"))
    assert [view.view for view in views] == ["RCC", "LCC", "RMLO", "LMLO"]
    assert [view.flip_x for view in views] == [False, False, False, True]


def test_two_images_of_one_view_keep_apart() -> None:
    one = hanging.read(bytes_of("RCC"))
    assert [view.view for view in hanging.hang([one, one])] == ["RCC", "RCC (2)"]


def test_what_is_no_image_is_said_in_a_sentence(tmp_path) -> None:
    (tmp_path / "notes.dcm").write_text("no")
    with pytest.raises(ImageError, match=r"notes\.dcm is no DICOM file\."):
        hanging.read(tmp_path / "notes.dcm")
    with pytest.raises(ImageError, match="no DICOM image"):
        views_in(tmp_path)


def test_the_real_mammogram_hangs_by_its_own_header(real_mammogram) -> None:
    read = hanging.read(real_mammogram)
    assert (read.view, read.flip_x, read.flip_y) == ("RMLO", False, False)
    assert [window.name for window in read.windows] == ["Normal", "Harder", "Softer"]


def test_arrays_are_shown_with_the_chest_wall_where_they_are_brighter() -> None:
    from senolab.reading.arrays import dicom_of

    for mirrored in (False, True):
        made = dicom_of(breast("LCC", mirrored=mirrored), view="LCC", spacing_mm=0.1)
        assert hanging.read(made).flip_x is mirrored


def test_an_array_that_is_no_image_is_refused() -> None:
    from senolab.reading.arrays import dicom_of

    with pytest.raises(ImageError, match="2D array"):
        dicom_of(np.zeros((2, 2, 2)), view="RCC", spacing_mm=0.1)
    with pytest.raises(ImageError, match="no numbers"):
        dicom_of(np.array([[np.nan, 1.0]]), view="RCC", spacing_mm=0.1)
