"""YAML as a lesson uses it: with line numbers, without YAML's surprises."""

import re
from typing import Any

import yaml

from senolab.words import gettext

from .findings import Findings

MAX_DEPTH = 30  # brackets in brackets


class Mapped(dict[str, Any]):
    """A YAML mapping that knows the line of each of its keys."""

    line: int = 1
    lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    """Words stay words: ``Yes``, ``No``, ``on``, ``12:30`` and ``010`` are text here."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith((":bool", ":int", ":float"))]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]{0,17})", "-+0123456789"),
    (
        "float",
        r"[-+]?(0|[1-9][0-9]{0,17})?\.[0-9]+|[-+]?[0-9]{1,17}(\.[0-9]*)?[eE][-+]?[0-9]{1,2}",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))


class _YamlError(Exception):
    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line, self.words = line, words


def load(text: str, *, first_line: int, findings: Findings) -> Mapped | None:
    """Read a YAML mapping; note what is wrong and return None if it is none.

    Parameters
    ----------
    text
        The YAML, without its fence.
    first_line
        The line of the file on which `text` starts.
    """
    if _depth(text) > MAX_DEPTH:
        findings.error(first_line, gettext("This YAML cannot be read: it is nested too deeply."))
        return None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            empty = Mapped()
            empty.line, empty.lines = first_line, {}
            return empty
        if not isinstance(node, yaml.MappingNode):
            raise _YamlError(0, gettext("Here a list of 'name: value' lines is wanted."))
        return _value(node, loader, first_line, set())
    except _YamlError as problem:
        findings.error(first_line + problem.line, problem.words)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line if problem.problem_mark else 0
        findings.error(
            first_line + line,
            gettext(
                "This YAML cannot be read: %(problem)s. %(mend)s",
                problem=problem.problem,
                mend=_mend(problem),
            ),
        )
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        findings.error(first_line, gettext("This YAML cannot be read: %(problem)s.", problem=problem))
    return None


def _depth(text: str) -> int:
    """Return how deeply brackets nest at most (those in texts too, which is deep enough)."""
    depth = deepest = 0
    for mark in re.findall(r"[][{}]", text):
        depth = depth + 1 if mark in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _mend(problem: yaml.MarkedYAMLError) -> str:
    words = str(problem.problem)
    if "mapping values are not allowed" in words:
        return gettext("Put a text that holds a colon in quotes, or write it below '>-'.")
    if "got '?'" in words:
        return gettext("Within { } and [ ], put a text that holds a question mark in quotes.")
    if "\\t" in words:
        return gettext("Indent with spaces, not with tabs.")
    return gettext("Look at the indentation, and at quotes that are not closed.")


def _value(node: yaml.Node, loader: _Loader, first_line: int, seen: set[int]) -> Any:
    if id(node) in seen:
        raise _YamlError(node.start_mark.line, gettext("References (&name, *name) are not used in lessons."))
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, loader, first_line, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, loader, first_line, seen) for item in node.value]
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.YAMLError):
        raise _YamlError(
            node.start_mark.line, gettext("%(value)r cannot be read.", value=str(node.value)[:60])
        ) from None


def _mapping(node: yaml.MappingNode, loader: _Loader, first_line: int, seen: set[int]) -> Mapped:
    mapped = Mapped()
    mapped.line, mapped.lines = first_line + node.start_mark.line, {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            raise _YamlError(line, gettext("A name before the colon must be a plain text."))
        name = str(key_node.value)
        if name in mapped:
            raise _YamlError(line, gettext("%(name)r stands here twice; the first would be lost.", name=name))
        mapped[name] = _value(value_node, loader, first_line, seen)
        mapped.lines[name] = first_line + line
    return mapped
