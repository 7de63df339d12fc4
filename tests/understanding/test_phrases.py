"""The phrases are checked when they are loaded."""

import shutil
from pathlib import Path

import pytest

from backchat.knowledge import FindingSpec, KnowledgeError
from backchat.knowledge.phrases import PHRASES_FOLDER, load_phrases
from backchat.understanding import Understanding


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PHRASES_FOLDER, tmp_path / "phrases"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not_a_finding: {present: [word]}", "findings.yml has no not_a_finding"),
        ("fever: {sometimes: [word]}", "fever has no value sometimes"),
        ("fever: {present: [$nothing]}", "words.yml has no group nothing"),
    ],
)
def test_a_wrong_phrase_is_named(
    folder: Path, specs: dict[str, FindingSpec], line: str, message: str
) -> None:
    (folder / "findings" / "extra.yml").write_text(line + "\n")
    with pytest.raises(KnowledgeError, match=message.replace("$", r"\$")):
        Understanding(load_phrases(folder), specs)


def test_a_file_without_the_right_shape_is_named(folder: Path) -> None:
    (folder / "replies.yml").write_text("yes: [yep]\n")
    with pytest.raises(KnowledgeError, match=r"replies\.yml"):
        load_phrases(folder)


def test_every_finding_that_a_person_can_state_has_phrases(specs: dict[str, FindingSpec]) -> None:
    phrases = load_phrases()
    measured = {measure.finding for measure in phrases.times.measures} | {"duration_days"}
    assert specs.keys() - phrases.lexicon.keys() - measured == set()


def test_no_finding_of_the_context_is_unknown(specs: dict[str, FindingSpec]) -> None:
    context = load_phrases().context
    named = {*context.histories, *context.lasting, *context.about_others, *context.denied_as, *context.yields}
    named |= {finding for to in context.yields.values() for finding in to}
    named |= {finding for modifier in context.modifiers for finding in modifier.only}
    assert named <= specs.keys()
