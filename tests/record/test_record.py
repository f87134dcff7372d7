"""The record at its door: append, read, answers, merge."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from senolab import record
from senolab.record import Act, Record

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def answer(path: Path, question: str, value: object, case: str | None = None) -> Act:
    return record.append(
        path, kind="answer", lesson="01-a-first-case", version=1, case=case, question=question, value=value
    )


def commit(path: Path, case: str, value: object = None) -> Act:
    return record.append(path, kind="commit", lesson="01-a-first-case", version=1, case=case, value=value)


def three_lines(path: Path) -> bytes:
    for n in range(3):
        answer(path, f"q{n}", n)
    return path.read_bytes()


def values(acts: dict[str, Act]) -> dict[str, object]:
    return {question: act.value for question, act in acts.items()}


@given(st.lists(JSON, max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_is_appended_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, answers: list[object]
) -> None:
    path = tmp_path_factory.mktemp("record") / "record.jsonl"
    acts = [answer(path, "q", value) for value in answers]
    found = record.read(path)
    assert found.damages == ()
    assert [act.value for act in found.acts] == [
        json.loads(json.dumps(value).encode("utf-8", "replace")) for value in answers
    ]
    assert [act.id for act in found.acts] == [act.id for act in acts]


def test_a_record_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert record.read(tmp_path / "none.jsonl") == Record()


def test_times_are_utc_with_milliseconds_and_grow(tmp_path: Path) -> None:
    times = [answer(tmp_path / "r", "q", n).time for n in range(20)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert times == sorted(set(times))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_to_the_bytes_ever_raises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "whole.jsonl"
    whole = path.read_bytes() if path.exists() else three_lines(path)
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    damaged = whole[:start] + data.draw(st.binary(max_size=40)) + whole[stop:]
    found = record.parse(damaged)
    assert len(found.acts) <= 4
    record.answers(found.acts, stamps=found.acts)
    record.dump(record.merge(found, found).acts)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    record.parse(data)


def test_a_changed_answer_is_noticed(tmp_path: Path) -> None:
    whole = three_lines(tmp_path / "r")
    changed = whole.replace(b'"value":1', b'"value":9')
    assert [damage.kind for damage in record.parse(changed).damages] == ["broken", "broken"]


def test_a_line_cut_out_is_noticed(tmp_path: Path) -> None:
    lines = three_lines(tmp_path / "r").splitlines(keepends=True)
    found = record.parse(lines[0] + lines[2])
    assert [(damage.line, damage.kind) for damage in found.damages] == [(2, "broken")]
    assert len(found.acts) == 2


def test_after_a_truncated_line_the_next_act_starts_on_its_own(tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.write_bytes(three_lines(tmp_path / "whole")[:-30])
    answer(path, "q3", 3)
    found = record.read(path)
    assert [act.value for act in found.acts] == [0, 1, 3]
    assert [damage.kind for damage in found.damages] == ["damaged"]
    assert answer(path, "q4", 4) in record.read(path).acts


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_damaged_record_is_read_as_far_as_it_goes(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    found = record.read(path)
    assert [[damage.line, damage.kind] for damage in found.damages] == expected["damages"]
    assert values(record.answers(found.acts)) == expected["answers"]
    assert all(damage.words.endswith(".") for damage in found.damages)


def test_two_writers_at_once_never_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    code = (
        "import sys; from senolab import record\n"
        "for n in range(60): record.append(sys.argv[1], kind='answer', lesson='l', version=1, question='q', "
        "value='x' * 3000)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    found = record.read(path)
    assert len(found.acts) == 180 and found.damages == ()


@pytest.mark.parametrize(
    "value",
    [float("nan"), object(), {"a": {1, 2}}, "x" * record.acts.MAX_LINE],
    ids=["no number", "an object", "a set", "a long text"],
)
def test_what_is_no_answer_is_refused_and_nothing_written(tmp_path: Path, value: object) -> None:
    path = tmp_path / "r"
    with pytest.raises(ValueError):
        answer(path, "q", value)
    assert path.read_bytes() == b""


def test_a_full_disk_leaves_the_record_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r"
    before = three_lines(path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[: len(data) // 2]))
    with pytest.raises(OSError, match="full"):
        answer(path, "q9", 9)
    assert path.read_bytes() == before


def test_a_pipe_in_place_of_the_record_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "r")
    assert [damage.kind for damage in record.read(tmp_path / "r").damages] == ["unreadable"]


def test_of_a_huge_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r"
    three_lines(path)
    monkeypatch.setattr(record.journal, "MAX_FILE", 400)
    found = record.read(path)
    assert found.acts[-1].value == 2 and found.damages[0].kind == "long"


def test_a_thousand_damaged_lines_are_counted_not_listed() -> None:
    found = record.parse(b"x\n" * 1000)
    assert len(found.damages) == 101
    assert "900 more" in found.damages[-1].words


def test_the_last_answer_counts(tmp_path: Path) -> None:
    answer(tmp_path / "r", "q", 1)
    answer(tmp_path / "r", "q", 2)
    assert values(record.answers(record.read(tmp_path / "r").acts)) == {"q": 2}


def test_an_answer_after_its_cases_commit_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "r"
    answer(path, "mark-1", 1, "case-1")
    commit(path, "case-1")
    answer(path, "mark-1", 2, "case-1")
    answer(path, "mark-2", 3, "case-2")
    assert values(record.answers(record.read(path).acts)) == {"mark-1": 1, "mark-2": 3}


def test_a_stamped_commit_wins_over_the_record(tmp_path: Path) -> None:
    path = tmp_path / "r"
    answer(path, "mark-1", "doctored", "case-1")
    answer(path, "sure-1", "added", "case-1")
    answer(path, "free", 7)
    stamps = [
        commit(tmp_path / "s", "case-1", {"mark-1": "stamped"}),
        commit(tmp_path / "s", "case-1", {"mark-1": "late"}),
    ]
    found = record.answers(record.read(path).acts, stamps=stamps)
    assert values(found) == {"mark-1": "stamped", "free": 7}


def test_an_act_that_lies_about_its_case_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r"
    commit(path, "case-1", {"mark-1": 1})
    answer(path, "sure-1", "after", None)
    answer(path, "mark-1", "after", "case-9")
    commit(path, "case-9", {"sure-1": "after"})
    cases = {"case-1": ["mark-1", "sure-1"]}
    assert values(record.answers(record.read(path).acts, cases=cases)) == {"mark-1": 1}
    stamp = commit(tmp_path / "s", "case-1", {"mark-1": 1})
    assert values(record.answers(record.read(path).acts, stamps=[stamp], cases=cases)) == {"mark-1": 1}


ACTS = st.builds(
    Act,
    id=st.sampled_from("abc"),
    time=st.sampled_from(["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]),
    kind=st.sampled_from(record.KINDS),
    lesson=st.just("l"),
    version=st.integers(0, 2),
    question=st.sampled_from(["p", "q"]),
    value=st.integers(0, 3),
)
RECORDS = st.builds(lambda acts: record.parse(record.dump(acts)), st.lists(ACTS, max_size=5))


@given(RECORDS, RECORDS, RECORDS)
@settings(max_examples=80, deadline=None)
def test_merging_is_commutative_associative_and_idempotent(a: Record, b: Record, c: Record) -> None:
    assert record.merge(a, b) == record.merge(b, a)
    assert record.merge(record.merge(a, b), c) == record.merge(a, record.merge(b, c))
    assert record.merge(a, a) == record.merge(a)
    assert record.merge(record.merge(a, b), b) == record.merge(a, b)


def test_a_dumped_record_is_whole_again(tmp_path: Path) -> None:
    three_lines(tmp_path / "a")
    three_lines(tmp_path / "b")
    merged = record.merge(record.read(tmp_path / "b"), record.read(tmp_path / "a"))
    again = record.parse(record.dump(merged.acts))
    assert len(again.acts) == 6 and again.damages == ()
