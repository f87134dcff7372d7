"""No template holds a word that cannot be translated: the campus's, the hub's and the lesson page's."""

import re
from pathlib import Path

import pytest
import senolab
from jinja2 import Environment

PACKAGE = Path(senolab.__file__).parent
HUB = Path(__file__).parents[2] / "hub_config" / "templates"
TEMPLATES = sorted(
    [*PACKAGE.glob("portal/templates/*.html"), *PACKAGE.glob("reading/page/*.html"), *HUB.glob("*.html")]
)
SPOKEN = ("title", "aria-label", "alt", "placeholder", "data-paused", "label", "value")
# Names, units: the same in every language.
SAME = {"Senolab"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_template_holds_a_word_that_cannot_be_translated(path: Path) -> None:
    source = path.read_text("utf-8")
    Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(source)
    loose = re.sub(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", "", source, flags=re.DOTALL)
    loose = re.sub(r"{% block width %}.*?{% endblock %}", "", loose)  # a class of the page
    loose = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", loose, flags=re.DOTALL)
    loose = re.sub(r"<style.*?</style>|<!doctype[^>]*>", "", loose, flags=re.DOTALL)
    scripts = " ".join(re.findall(r"<script.*?</script>", loose, flags=re.DOTALL))
    loose = re.sub(r"<script.*?</script>", "", loose, flags=re.DOTALL)
    spoken = [value for name in SPOKEN for value in re.findall(rf'\b{name}="([^"]*)"', loose)]
    spoken += [text for text in re.findall(r'"([^"\n]*)"', scripts) if " " in text and text[:1].isupper()]
    text = re.sub(r"<[^>]*>|&[a-z]+;", " ", loose)
    for piece in [text, *spoken]:
        strangers = set(re.findall(r"[^\W\d_]{2,}", piece)) - SAME
        assert not strangers, strangers
