"""The phrases are checked when they are loaded, and a mistake is named with file, line and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backchat.knowledge import KnowledgeError, load_knowledge, load_phrases
from backchat.knowledge.loader import PHRASES_FOLDER

FINDINGS = load_knowledge().findings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PHRASES_FOLDER, tmp_path / "phrases"))


def refusal_of(folder: Path) -> str:
    with pytest.raises(KnowledgeError) as error:
        load_phrases(FINDINGS, folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not_a_finding: {present: [word]}", "not_a_finding.present: findings.yml has no not_a_finding"),
        ("fever: {sometimes: [word]}", "fever.sometimes: fever has no value sometimes"),
        ("severity: {very: [word]}", "severity.very: severity has no value very"),
        ("fever: {present: [ok, a/$nothing? b]}", "fever.present.1: words.yml has no group nothing"),
        ("fever: {present: ['']}", "fever.present.0: ensure this value has at least 1 characters"),
    ],
)
def test_a_wrong_phrase_of_a_finding_is_named(folder: Path, line: str, said: str) -> None:
    (folder / "findings" / "extra.yml").write_text(f"# Further ones.\n{line}\n")
    assert refusal_of(folder) == f"extra.yml:2: {said}"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("implied.yml", "adds: {quality:", "adds: {sort:", "1.adds.sort: findings.yml has no sort"),
        ("implied.yml", "quality: shooting", "quality: shot", "1.adds.quality: quality has no value shot"),
        (
            "implied.yml",
            "- {finding: both_legs_affected, words: [shoot]",
            "- {finding: both_legs, words: [shoot]",
            "1.finding: findings.yml has no both_legs",
        ),
        (
            "context.yml",
            "denied_as: {radiation: none",
            "denied_as: {radiation: no",
            "denied_as.radiation: radiation has no value no",
        ),
        ("context.yml", "lasting: [", "lasting: [old, ", "lasting: findings.yml has no old"),
        ("replies.yml", "\n  chest_pain: [", "\n  chest_pains: [", "signs: findings.yml has no chest_pains"),
        (
            "replies.yml",
            "\n  night_pain:\n    absent:",
            "\n  night_pain:\n    gone:",
            "by_finding.night_pain.gone: night_pain has no value gone",
        ),
        (
            "replies.yml",
            "radiation: [region]",
            "radiation: [place]",
            "instead.radiation: findings.yml has",
        ),
        ("times.yml", "finding: severity", "finding: strength", "finding: findings.yml has no strength"),
        ("words.yml", "\n  relative: ", "\n  relatives: ", "groups: there is no group relative"),
    ],
)
def test_what_other_files_name_is_there(folder: Path, file: str, old: str, new: str, said: str) -> None:
    before = (folder / file).read_text(encoding="utf-8")
    assert old in before
    (folder / file).write_text(before.replace(old, new, 1), encoding="utf-8")
    name, line, reason = refusal_of(folder).split(":", 2)
    assert name == file
    assert said in reason
    broken = before[: before.index(old)].count("\n") + old.count("\n") + 1
    assert int(line) <= broken + 1


def test_a_file_without_the_right_shape_is_named(folder: Path) -> None:
    (folder / "replies.yml").write_text("yes: [yep]\n")
    assert refusal_of(folder).startswith("replies.yml:1: ")


def test_every_finding_that_a_person_can_state_has_phrases() -> None:
    phrases = load_phrases(FINDINGS)
    measured = {measure.finding for measure in phrases.times.measures} | {"duration_days"}
    assert FINDINGS.keys() - phrases.lexicon.keys() - measured == {"country"}  # that is told by places
    assert phrases.places
