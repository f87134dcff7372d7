"""Making a learner's notebook safe to show to a teacher.

The marked notebook is opened in nbgrader's formgrader, in JupyterLab, in a page. Nothing in it that a
learner wrote may run there, load anything from another host, or show a hidden test.
"""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b.")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SCHEMES = ("javascript:", "vbscript:", "data:")
_MATH = re.compile(
    r"\\(?:href|require|unicode|style|class|cssid|url|html|data|includegraphics)", re.IGNORECASE
)
_SQUEEZED = re.compile(r"[\s\\\u00ad\u200b-\u200f\u2060\ufeff\x00-\x20]+")
# The bounds keep it linear: it reads learners' texts before any sandbox.
_IMAGE = re.compile(r"!(?=\[)(?!\[[^\]\n]{0,200}\]\(attachment:[^)\s]{1,200}\))")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_REMOVED = "(removed: it showed a test)"


def plain(text: str) -> str:
    """Give text without terminal codes and control characters."""
    return _CONTROL.sub("", _ANSI.sub("", text))


def literal(text: str) -> str:
    """Give Markdown that shows `text` exactly as it stands, whatever is in it."""
    kept = ["".join(map(_character, line)) for line in plain(text).splitlines()]
    # a space at a line's start would make code of it
    return "  \n".join(re.sub(r"^ +", lambda found: "&#160;" * len(found[0]), line) for line in kept)


def _character(c: str) -> str:
    if c == "\\":  # and nothing after it may be taken for a command of mathematics
        return "&#92;\u200c"
    return c if c.isalnum() or c in " ,;" or ord(c) > 127 else f"&#{ord(c)};"


def markdown(text: str) -> str:
    """Give a learner's Markdown without anything that could run, or load from elsewhere.

    Raw HTML is shown as text, pictures other than pasted ones become links. A text that hides an active
    address, or mathematics that makes one, is shown as it stands instead.
    """
    text = plain(text)
    try:
        squeezed = _SQUEEZED.sub("", html.unescape(html.unescape(text))).lower()
    except ValueError:  # a character's number of thousands of digits
        return literal(text)
    if any(scheme in squeezed for scheme in _SCHEMES) or _MATH.search(text):
        return literal(text)
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
    return _IMAGE.sub(r"\\!", text)


def outputs(raw: Iterable[Mapping[str, Any]], hidden: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Give a part's outputs as nbformat knows them: text, errors as text, pixels.

    Parameters
    ----------
    hidden
        Lines of tests that must not be shown; an output that holds one is replaced.
    """
    kept = [clean for output in raw if (clean := _output(output)) is not None]
    secrets = [line for line in hidden if len(line) >= 8]
    return [_without(output, secrets) for output in kept] if secrets else kept


def _output(output: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": plain(_text(output.get("text")))}
    if kind == "error":
        lines = output.get("traceback")
        traceback = [plain(_text(line)) for line in lines[:2000]] if isinstance(lines, list) else []
        names = {name: plain(_text(output.get(name))) for name in ("ename", "evalue")}
        return {"output_type": "error", **names, "traceback": traceback}
    data = _data(output.get("data"))
    if kind not in {"execute_result", "display_data"} or not data:
        return None
    result = {"output_type": kind, "data": data, "metadata": {}}
    return {**result, "execution_count": None} if kind == "execute_result" else result


def _data(bundle: Any) -> dict[str, str]:
    """Keep text and pixels; HTML, scripts, vector pictures and widgets are left out."""
    kept: dict[str, str] = {}
    if not isinstance(bundle, Mapping):
        return kept
    if isinstance(bundle.get("text/plain"), str):
        kept["text/plain"] = plain(bundle["text/plain"])
    for kind in ("image/png", "image/jpeg"):
        image = bundle.get(kind)
        if isinstance(image, str) and _BASE64.fullmatch(image):
            kept[kind] = image
    return kept


def _without(output: dict[str, Any], secrets: list[str]) -> dict[str, Any]:
    """Replace what shows a hidden line of a test."""

    def shown(text: str) -> str:
        return _REMOVED if any(secret in text for secret in secrets) else text

    if output["output_type"] == "stream":
        return {**output, "text": shown(output["text"])}
    if output["output_type"] == "error":
        whole = shown("\n".join(output["traceback"]))
        trace = output["traceback"] if whole != _REMOVED else [_REMOVED]
        return {**output, "evalue": shown(output["evalue"]), "traceback": trace}
    return {**output, "data": {kind: shown(value) for kind, value in output["data"].items()}}


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
