"""A small lesson that marks itself: exams with a bright disc at a known place, release, keys, notebook."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, generate_uid

ROWS, COLUMNS, SPACING = 640, 512, 0.2  # px, px, mm
DISC = {
    "RCC": (60.0, 50.0),
    "LCC": (40.0, 70.0),
    "RMLO": (70.0, 90.0),
    "LMLO": (30.0, 60.0),
}  # mm from the corner
DISC_RADIUS = 4.0
VIEWS = ("RCC", "LCC", "RMLO", "LMLO")


def breast(view: str, *, mirrored: bool = False) -> np.ndarray:
    """Half an ellipse on the chest wall, grey 1200 to 2000, with a disc of 4000."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    wall_right = view[0] == "R"
    depth = (COLUMNS - x) if wall_right else x
    inside = (depth / (COLUMNS * 0.8)) ** 2 + ((y - ROWS / 2) / (ROWS * 0.45)) ** 2 < 1
    image = np.where(inside, 1200 + 800 * np.exp(-depth / COLUMNS), 0)
    cx, cy = (value / SPACING for value in DISC[view])
    image[(x - cx) ** 2 + (y - cy) ** 2 < (DISC_RADIUS / SPACING) ** 2] = 4000
    return (image[:, ::-1] if mirrored else image).astype(np.uint16)


def dicom(
    view: str, pixels: np.ndarray, *, mirrored: bool = False, jpegls: bool = True, **extra: object
) -> Dataset:
    """A mammogram For Presentation."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality, ds.PresentationIntentType = "MG", "FOR PRESENTATION"
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.ImagerPixelSpacing = [SPACING, SPACING]
    ds.ImageLaterality, ds.ViewPosition = view[0], view[1:]
    anterior_right = (view[0] == "L") != mirrored
    down = {"CC": "L" if view[0] == "R" else "R", "MLO": "F"}[view[1:]]
    ds.PatientOrientation = ["A" if anterior_right else "P", down]
    ds.WindowCenter, ds.WindowWidth = 2048, 4096
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
    for name, value in extra.items():
        setattr(ds, name, value)
    ds.PixelData = pixels.tobytes()
    if jpegls:
        ds.compress(JPEGLSLossless, generate_instance_uid=False)
    return ds


def write_exam(folder: Path, *, mirrored: tuple[str, ...] = ("LMLO",)) -> Path:
    """Four views as JPEG-LS; those in `mirrored` are stored the wrong way round, as some machines do."""
    folder.mkdir(parents=True)
    for view in VIEWS:
        turned = view in mirrored
        ds = dicom(view, breast(view, mirrored=turned), mirrored=turned)
        pydicom.dcmwrite(folder / f"{view}.dcm", ds, enforce_file_format=True)
    return folder


def place_of_disc(view: str, *, mirrored: tuple[str, ...] = ("LMLO",)) -> tuple[float, float]:
    """The disc's centre in mm from the corner of the stored pixels."""
    x, y = DISC[view]
    return (COLUMNS * SPACING - x, y) if view in mirrored else (x, y)


TABLE = [
    {"label": f"Woman {k}", "score": score, "outcome": outcome}
    for k, (score, outcome) in enumerate(
        [
            (1, "healthy"),
            (9, "cancer"),
            (4, "healthy"),
            (6, "cancer"),
            (7, "healthy"),
            (3, "cancer"),
            (2, "healthy"),
        ],
        1,
    )
]


def asked(
    ident: str, kind: str, ask: str, *, case: str | None = None, points: float = 0, **more: object
) -> dict:
    """One question of release.json."""
    return {"id": ident, "kind": kind, "case": case, "points": points, "ask": ask, **more}


QUESTIONS = [
    asked("mark-1", "mark", "Mark everything you would recall this woman for.", case="case-1", max_marks=3),
    asked("sure-1", "probability", "How likely is it that this woman has breast cancer?", case="case-1"),
    asked(
        "pick",
        "choice",
        "Of 100 women it recalls, how many have cancer?",
        points=2,
        options=["About 80", "About 3", "Fewer than 1"],
        multiple=False,
    ),
    asked(
        "cut",
        "threshold",
        "Choose the threshold that finds at least 2 of the 3 cancers.",
        points=2,
        table=TABLE,
        min=1,
        max=10,
        step=1,
        unit="",
    ),
    asked("reflect", "text", "What would you want to know before it is switched on?", points=3, words=80),
    asked("all-marks", "tally", "Your marks.", points=1, of=["mark-1"]),
]


def release() -> dict:
    """release.json of the lesson."""
    exam = {"A": "exam-a"}
    return {
        "schema": 1,
        "course": "trying",
        "lesson": "01-one-case",
        "version": 1,
        "title": "One case",
        "minutes": 5,
        "outcomes": [],
        "released": "2026-01-01T00:00:00Z",
        "due": None,
        "max_points": 8.0,
        "forms": ["A"],
        "mode": "self-check",
        "cases": {"case-1": {"title": "The first woman", "questions": ["mark-1", "sure-1"], "exam": exam}},
        "questions": QUESTIONS,
    }


def keys() -> dict:
    """self-check.json: one lesion in LCC and LMLO."""
    lesions = []
    for view in ("LCC", "LMLO"):
        x, y = place_of_disc(view)
        outline = [
            [x + 6 * np.cos(a), y + 6 * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 24, endpoint=False)
        ]
        lesions.append(
            {
                "id": "lesion-1",
                "view": view,
                "label": "Mass",
                "x_mm": x,
                "y_mm": y,
                "radius_mm": 6.0,
                "outline_mm": outline,
            }
        )
    x, y = place_of_disc("RCC")
    box = {"view": "RCC", "x0_mm": x - 6, "y0_mm": y - 6, "x1_mm": x + 6, "y1_mm": y + 6, "score": 0.7}
    reveal = {
        "outcome": "cancer",
        "sentence": "Invasive cancer in the left breast, 8 mm.",
        "findings": lesions,
        "prompt": {"score": 7, "boxes": [box]},
    }
    questions = {
        "mark-1": {
            "A": {"lesions": lesions, "radius_mm": 10.0, "hints": {"missed": "Look at the left breast."}}
        },
        "sure-1": {"A": {"truth": 1}},
        "pick": {
            "A": {
                "correct": ["About 3"],
                "hints": {"About 80": "That is the sensitivity."},
                "why": "2.7 in 100.",
            }
        },
        "cut": {"A": {"best": [5, 6], "credit": []}},
        "reflect": {"A": {"rubric": ""}},
    }
    head = {"schema": 1, "course": "trying", "lesson": "01-one-case", "version": 1}
    return {**head, "questions": questions, "reveals": {"case-1": {"A": reveal}}}


def write_lesson(folder: Path, cells: tuple[str, ...]) -> Path:
    """Write the lesson with its exam and a notebook of these cells; return the notebook."""
    write_exam(folder / "exams" / "exam-a")
    (folder / "release.json").write_text(json.dumps(release()), "utf-8")
    (folder / "self-check.json").write_text(json.dumps(keys()), "utf-8")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "01-one-case.ipynb"
    nbformat.write(notebook, path)
    return path


CELLS = (
    'import senolab\nsenolab.case("case-1")',
    'senolab.question("pick")',
    'senolab.question("cut")',
    'senolab.question("reflect")',
    'senolab.question("all-marks")',
)
