"""Tables of a reader study through the command: what is taken, and what each bad row is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from senolab.cli.main import main
from senolab.metrics.studytables import TableError, read_marks, read_ratings

HERE = Path(__file__).parent
CORPUS = yaml.safe_load((HERE / "tables" / "cases.yaml").read_text("utf-8"))
TABLES = ("ratings", "cases", "lesions", "marks")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small good study."""
    for name in TABLES:
        (tmp_path / f"{name}.csv").write_text(CORPUS[name])
    return tmp_path


def words(folder: Path, kind: str) -> list[str]:
    """The command's words for one kind of study."""
    names = ("ratings",) if kind == "ratings" else ("cases", "lesions", "marks")
    return [
        "metrics",
        "mrmc",
        *(word for name in names for word in (f"--{name}", str(folder / f"{name}.csv"))),
    ]


@pytest.mark.parametrize("name", CORPUS["bad"])
def test_a_bad_row_is_told_by_file_line_and_reason(name: str, folder: Path, capsys) -> None:
    case = CORPUS["bad"][name]
    path = folder / f"{case['table']}.csv"
    lines = CORPUS[case["table"]].splitlines()
    if "line" in case:
        lines[case["line"] - 1] = case["becomes"].replace("LONG", f'a,"{"x" * 200_000}",2,1,3')
    path.write_text(case.get("text", "\n".join(line for line in lines if line) + "\n"))
    assert main([*words(folder, case["table"]), "--json"]) == 1
    told = capsys.readouterr()
    joint = ", " if case["says"].startswith("line") else ": "
    assert f"{path}{joint}{case['says']}" in told.err
    assert not told.out and "Traceback" not in told.err


def test_a_quoted_cell_may_hold_commas_and_line_breaks_and_rows_keep_their_lines(folder: Path) -> None:
    rows = ['a,"Ana, MD","1\nleft",0,1', 'a,"Ana, MD",1left,1,2', "a,x,2,9,1"]
    path = folder / "ratings.csv"
    path.write_text("\n".join(["modality,reader,case,truth,rating", *rows]))
    with pytest.raises(TableError, match="line 5: truth must be 0 or 1"):
        read_ratings(path)
    path.write_text("\n".join(["modality,reader,case,truth,rating", *rows[:2]]))
    study = read_ratings(path)
    assert (study.readers, study.cases) == (("Ana, MD",), ("1\nleft", "1left"))


def test_weights_may_be_rounded_and_are_made_exact(folder: Path) -> None:
    (folder / "cases.csv").write_text("case,truth,n_lesions\n1,0,0\n2,1,3\n")
    (folder / "lesions.csv").write_text("case,lesion_id,weight\n" + "".join(f"2,{k},0.33\n" for k in "xyz"))
    study = read_marks(folder / "cases.csv", folder / "lesions.csv", folder / "marks.csv")
    assert study.readings["a", "ana"].lesion_weight == pytest.approx([1 / 3] * 3)


def test_many_bad_rows_are_told_together_and_not_without_end(folder: Path) -> None:
    rows = [f"a,ana,{k},7,x" for k in range(100)]
    (folder / "ratings.csv").write_text("\n".join(["modality,reader,case,truth,rating", *rows]))
    with pytest.raises(TableError) as refused:
        read_ratings(folder / "ratings.csv")
    told = str(refused.value).splitlines()
    assert len(told) == 21 and told[-1] == "... and 180 more"
    assert "line 2: truth" in told[0] and "line 2: rating" in told[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "it cannot be read (No such file or directory)"), (b"mod\xe9", "it is no text in UTF-8")],
)
def test_a_file_that_is_no_table_is_told(folder: Path, content: bytes | None, reason: str) -> None:
    path = folder / "ratings.csv"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(TableError, match=r"ratings\.csv: ") as refused:
        read_ratings(path)
    assert reason in str(refused.value)


def test_tables_of_a_spreadsheet_are_taken_with_their_mark_of_order_and_semicolons(folder: Path) -> None:
    text = CORPUS["ratings"].replace(",", ";").replace("\n", "\r\n")
    (folder / "ratings.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    study = read_ratings(folder / "ratings.csv")
    assert (study.modalities, study.readers, study.cases) == (("a",), ("ana", "ben"), ("1", "2"))


def test_a_case_without_a_row_was_not_marked_and_a_reader_without_one_is_noted(folder: Path) -> None:
    marks = folder / "marks.csv"
    marks.write_text(CORPUS["marks"] + "b,ana,2,1,LL,y,3\n")
    study = read_marks(folder / "cases.csv", folder / "lesions.csv", marks)
    assert study.readings["a", "ana"].lesion_rating.tolist() == [4, -float("inf")]
    assert study.readings["b", "ben"].lesion_rating.tolist() == [-float("inf")] * 2
    assert study.notes == (
        "Reader ben has no mark at all in modality b; every case there counts as unmarked.",
    )


def ours(figure: str, *more: str) -> list[str]:
    """The command's words for the study of `studies/`."""
    return [*words(HERE / "studies", "ratings" if figure == "auc" else "marks"), "--fom", figure, *more]


@pytest.mark.parametrize("method", ["jackknife", "delong", "bootstrap"])
@pytest.mark.parametrize("figure", ["auc", "hr-auc", "afroc", "wafroc", "lroc"])
def test_json_is_one_value_of_the_promised_shape(figure: str, method: str, capsys) -> None:
    assert main(ours(figure, "--method", method, "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["fom"]) == {"without", "with"} and set(told["fom"]["with"]) == {
        "ana",
        "ben",
        "carla",
        "dora",
    }
    assert set(told["tests"]) == {"RRRC", "FRRC", "RRFC"}
    for test in told["tests"].values():
        assert set(test) == {"F", "ndf", "ddf", "p"} and 0 <= test["p"] <= 1
    assert told["tests"]["FRRC"]["ddf"] is None  # fixed readers: no denominator to estimate
    (difference,) = told["differences"]
    assert set(difference) == {"a", "b", "estimate", "lower", "upper", "p"}
    assert (difference["a"], difference["b"]) == ("without", "with")
    assert difference["lower"] < difference["estimate"] < difference["upper"]
    assert difference["p"] == pytest.approx(told["tests"]["RRRC"]["p"])
    assert isinstance(told["notes"], list)


def test_marks_mean_wafroc_and_ratings_mean_auc_unless_told(capsys) -> None:
    for kind, figure in (("marks", "wafroc"), ("ratings", "auc")):
        assert main([*words(HERE / "studies", kind), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["figure"] == figure


def test_the_table_reads_from_top_to_bottom(capsys) -> None:
    assert main(ours("wafroc")) == 0
    told = capsys.readouterr().out
    assert told.startswith(
        "wafroc (shares from 0 to 1) by jackknife; modalities 2, readers 4, "
        "cases 26 (12 diseased); 95 % intervals\n"
    )
    assert "readers and cases random\n  F = 38.7340, df = 1 and 3.00, p = 0.008363\n" in told
    assert '"without" minus "with": -0.1360 (' in told
    assert "Note: Cov2" in told and "nan" not in told


@pytest.mark.parametrize(("level", "told"), [("0.95", "95 %"), ("0.9", "90 %"), ("0.995", "99.5 %")])
def test_the_level_of_the_intervals_is_told(level: str, told: str, capsys) -> None:
    assert main(ours("wafroc", "--confidence", level)) == 0
    heading, _, columns, *_ = capsys.readouterr().out.splitlines()
    assert heading.endswith(f"; {told} intervals") and f" {told} interval " in columns
    assert main(ours("wafroc", "--confidence", level, "--json")) == 0
    assert json.loads(capsys.readouterr().out)["confidence"] == float(level)


def test_help_tells_what_the_columns_hold_and_that_marks_are_matched_before(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["metrics", "mrmc", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for word in (
        "truth is 1 for diseased",
        "the higher the more suspicious",
        "no acceptance radius",
        "sum to 1",
    ):
        assert word in told


def test_a_single_modality_has_empty_tests_and_says_so(folder: Path, capsys) -> None:
    rows = [f"a,ana,{k},{k % 2},{k % 2 + k % 3}" for k in range(12)]
    (folder / "ratings.csv").write_text("\n".join(["modality,reader,case,truth,rating", *rows]))
    assert main([*words(folder, "ratings"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (
        told["tests"]["RRRC"] == {"F": None, "ndf": None, "ddf": None, "p": None} and not told["differences"]
    )
    assert main(words(folder, "ratings")) == 0
    assert "nothing is compared" in capsys.readouterr().out


def test_modalities_named_by_numbers_are_no_sum_and_what_is_not_defined_tells_what_to_do(
    folder: Path, capsys
) -> None:
    rows = [f"{m},{r},{k},{k % 2},{3 * (k % 2)}" for m in (0, 1) for r in ("ana", "ben") for k in range(12)]
    (folder / "ratings.csv").write_text("\n".join(["modality,reader,case,truth,rating", *rows]))
    assert main(words(folder, "ratings")) == 0
    told = capsys.readouterr().out
    assert '"0" minus "1": +0.0000' in told and "not defined; let more readers read" in told


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf"])
def test_a_picture_is_drawn_on_request(tmp_path: Path, ending: str, capsys) -> None:
    picture = tmp_path / f"study{ending}"
    assert main(ours("wafroc", "--plot", str(picture))) == 0
    assert picture.stat().st_size > 5000 and [path.name for path in tmp_path.iterdir()] == [picture.name]
    if ending == ".svg":
        assert "http" not in picture.read_text().split("<defs", 1)[1].replace("http://www.w3.org", "")


@pytest.mark.parametrize(("figure", "across"), [("wafroc", "Healthy cases"), ("wafroc1", "Cases")])
def test_the_picture_tells_whose_false_marks_count(tmp_path: Path, figure: str, across: str, capsys) -> None:
    picture = tmp_path / "study.svg"
    assert main(ours(figure, "--plot", str(picture))) == 0
    assert f"<!-- {across} with a false mark -->" in picture.read_text()


def test_a_picture_that_cannot_be_drawn_is_told(tmp_path: Path, capsys) -> None:
    assert main(ours("wafroc", "--plot", str(tmp_path / "study.bmp"))) == 1
    assert "a picture's name ends in .svg, .png, .pdf" in capsys.readouterr().err
    assert main(ours("wafroc", "--plot", str(tmp_path / "nowhere" / "study.svg"))) == 1
    assert "the picture cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--ratings", "a.csv", "--cases", "b.csv"],
        ["--cases", "a.csv", "--marks", "b.csv"],
        ["--ratings", "a.csv", "--fom", "dice"],
    ],
)
def test_wrong_words_end_with_2(more: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["metrics", "mrmc", *more])
    assert ended.value.code == 2


def test_a_figure_that_the_study_cannot_give_is_refused(capsys) -> None:
    assert main([*words(HERE / "studies", "ratings"), "--fom", "wafroc"]) == 1
    assert "wafroc needs marks and lesions" in capsys.readouterr().err


def test_a_name_beyond_the_terminals_alphabet_is_told_in_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = "".join(f"a,Łukasz,{case},{case % 2},{1 + case}\n" for case in range(6))
    path.write_text(f"modality,reader,case,truth,rating\n{rows}", "utf-8")
    words = [sys.executable, "-m", "senolab.cli.main", "metrics", "mrmc", "--ratings", str(path)]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert r"\u0141ukasz" in done.stdout


def test_the_command_loads_no_drawing_unless_asked() -> None:
    code = "import sys; from senolab.cli.main import main; main(sys.argv[1:]); "
    code += "print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *ours("wafroc", "--json")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("False")


@pytest.mark.parametrize("blank", ["\n\n", "\r\n", "\r\r\n"])
def test_blank_lines_count_as_lines_and_as_nothing_else(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "ratings.csv"
    rows = ["a,ana,1,0,1", "a,ana,2,1,3", "a,ana,3,1,x"]
    path.write_bytes(
        "".join(f"{row}\n{blank}" for row in ["\n modality ,reader,case,truth,rating", *rows]).encode()
    )
    lines = path.read_text("utf-8").split("\n")  # as Python and an editor count them
    with pytest.raises(
        TableError, match=rf"line {lines.index(rows[-1]) + 1}: rating must be a number, not 'x'"
    ):
        read_ratings(path)
    path.write_bytes(path.read_bytes().replace(b",x", b",2"))
    assert read_ratings(path).cases == ("1", "2", "3")
