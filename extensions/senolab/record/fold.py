"""What a record amounts to: the answers that count, and two records made one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from .acts import Act, line
from .journal import Record


def answers(
    acts: Iterable[Act],
    *,
    stamps: Iterable[Act] = (),
    cases: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Act]:
    """Return the answer that counts for each question.

    The last answer counts. An answer after the commit of its case does not. Where the campus stamped a
    commit, that case's answers are exactly the stamped ones, whatever the record says; of several
    stamps on one case the first counts.

    Parameters
    ----------
    acts
        The learner's acts in order.
    stamps
        The campus's own commits, trusted; `value` is {question id: value}.
    cases
        {case id: its question ids} of the release. It then decides to which case an answer belongs,
        not the act itself; give it wherever the record is not trusted.
    """
    owner = {question: case for case, questions in (cases or {}).items() for question in questions}
    stamped = _stamped(stamps)
    committed: set[str] = set()
    found: dict[str, Act] = {}
    for act in acts:
        if act.kind == "commit" and act.case is not None and act.case not in committed:
            committed.add(act.case)
            for question, answer in _spread(act).items():  # a commit carries the answers it locked
                if owner.get(question, act.case) == act.case:
                    found.setdefault(question, answer)
        elif act.kind == "answer" and act.question is not None:
            case = owner.get(act.question, act.case)
            if case not in committed:
                found[act.question] = replace(act, case=case)
    for case, stamp in stamped.items():
        locked = _spread(stamp)
        found = {q: a for q, a in found.items() if owner.get(q, a.case) != case and q not in locked}
        found |= locked
    return found


def merge(*records: Record) -> Record:
    """Make several copies of a record one: each act once, in the order of time.

    The order of the arguments does not matter, and merging again changes nothing.
    """
    acts: dict[str, Act] = {}
    for act in (act for record in records for act in record.acts):
        rival = acts.get(act.id)
        if rival is None or line(act) < line(rival):
            acts[act.id] = act
    damages = {damage for record in records for damage in record.damages}
    ordered = sorted(acts.values(), key=lambda act: (act.time, act.id))
    return Record(tuple(ordered), tuple(sorted(damages)))


def _stamped(stamps: Iterable[Act]) -> dict[str, Act]:
    first: dict[str, Act] = {}
    for stamp in stamps:
        if stamp.kind == "commit" and stamp.case is not None:
            first.setdefault(stamp.case, stamp)
    return first


def _spread(commit: Act) -> dict[str, Act]:
    """Return a commit's answers as acts of their own."""
    if not isinstance(commit.value, dict):
        return {}
    return {
        question: replace(commit, kind="answer", question=question, value=value)
        for question, value in commit.value.items()
    }
