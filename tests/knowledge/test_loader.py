"""The content is checked when loaded, and a mistake is named with file, line and reason."""

import shutil

import pytest

from backchat.knowledge import KnowledgeError, load_knowledge
from backchat.knowledge.loader import KNOWLEDGE_FOLDER, check_condition, read_content
from backchat.knowledge.models import Country, FindingSpec, Source, Urgency

VOCABULARY = {
    "fever": FindingSpec(kind="tri", words="fever"),
    "onset": FindingSpec(
        kind="choice", words="how it began", labels={"sudden": "suddenly", "gradual": "slowly"}
    ),
    "quality": FindingSpec(kind="set", words="how it feels", labels={"dull": "dull", "none": "nothing"}),
    "age": FindingSpec(kind="number", words="your age", unit="years", minimum=0, maximum=120),
}


@pytest.mark.parametrize(
    "condition",
    [
        {"fever": "present"},
        {"fever": ["present", "unsure"]},
        {"onset": "sudden", "quality": ["dull", "none"]},
        {"age": {"at_least": 16, "below": 65}},
        {"any": [{"fever": "present"}, {"none": [{"onset": "gradual"}]}]},
        {
            "all": [{"fever": "present"}],
            "at_least": {"count": 1, "of": [{"onset": "sudden"}, {"quality": "dull"}]},
        },
    ],
)
def test_a_well_formed_condition_is_accepted(condition):
    check_condition(VOCABULARY, condition, "here")


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({}, "a condition is a mapping"),
        (None, "a condition is a mapping"),
        ("fever", "a condition is a mapping"),
        ([{"fever": "present"}], "a condition is a mapping"),
        ({"fewer": "present"}, "findings.yml has no fewer"),
        ({"fever": "yes"}, "fever has no value yes"),
        ({"fever": True}, "fever has no value True"),
        ({"onset": ["sudden", "slow"]}, "onset has no value slow"),
        ({"fever": {"at_least": 38}}, "fever can't be compared"),
        ({"age": {"over": 65}}, "age can't be compared"),
        ({"age": 65}, "age has no value 65"),
        ({"began_at_age": {"under": 45}}, "began_at_age can't be compared"),
        ({"began_at_age": 45}, "began_at_age has no value 45"),
        ({"any": [{"fever": "present"}, {"chill": "present"}]}, "findings.yml has no chill"),
        ({"none": [{"all": [{"onset": "early"}]}]}, "onset has no value early"),
        (
            {"at_least": {"count": 2, "of": [{"fever": "present"}, {"rash": "present"}]}},
            "findings.yml has no rash",
        ),
    ],
)
def test_a_wrong_condition_is_refused_with_place_and_reason(condition, reason):
    with pytest.raises(KnowledgeError, match=reason) as error:
        check_condition(VOCABULARY, condition, "care.yml heat")
    assert str(error.value).startswith("care.yml heat: ")


def written(folder, text, name="sources.yml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_content_is_read_as_its_type(tmp_path):
    path = written(tmp_path, "a: {id: a, title: A title, publisher: Somebody, year: 2020}\n")
    assert read_content(path, dict[str, Source]) == {
        "a": Source(id="a", title="A title", publisher="Somebody", year=2020)
    }


def test_no_and_on_are_words_and_not_truth_values(tmp_path):
    path = written(tmp_path, "no: {id: no, name: on, emergency: yes, crisis: off}\n")
    assert read_content(path, dict[str, Country])["no"].name == "on"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n  id: a\n  title: T\n  publisher: P\n  year: long ago\n", "sources.yml:5: a.year: "),
        ("a:\n  id: a\n  title: T\n  year: 2020\n", "sources.yml:2: a.publisher: field required"),
        ("b: {id: b, title: T, publisher: P, year: 1}\na:\n  id: a\n  url: x\n", "sources.yml:3: a."),
        ("a: [1, 2\n", "sources.yml:2: "),
        ("a: b: c\n", "sources.yml:1: "),
        ("", "sources.yml:1: content: "),
    ],
)
def test_wrong_content_is_named_with_file_line_and_reason(tmp_path, text, message):
    with pytest.raises(KnowledgeError) as error:
        read_content(written(tmp_path, text), dict[str, Source])
    assert str(error.value).startswith(message)


def test_unknown_keys_are_refused(tmp_path):
    path = written(tmp_path, "a:\n  id: a\n  title: T\n  publisher: P\n  year: 2020\n  yaer: 2021\n")
    with pytest.raises(KnowledgeError, match=r"sources.yml:6: a.yaer: extra fields not permitted"):
        read_content(path, dict[str, Source])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(KnowledgeError, match=r"sources.yml: No such file"):
        read_content(tmp_path / "sources.yml", dict[str, Source])


@pytest.fixture
def folder(tmp_path):
    """A copy of the whole content, to break."""
    return shutil.copytree(
        KNOWLEDGE_FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__*")
    )


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_content_loads(folder):
    knowledge = load_knowledge(folder)
    assert set(knowledge.advice) == set(Urgency)
    ranks = [rule.urgency.rank for rule in knowledge.rules]
    assert ranks == sorted(ranks, reverse=True)


def test_a_source_that_is_not_listed_is_refused(folder):
    replace(folder / "care.yml", "sources: [nhs_back_pain", "sources: [my_own_opinion")
    with pytest.raises(KnowledgeError, match=r"care.yml:\d+: stay_still: sources.yml has no my_own_opinion"):
        load_knowledge(folder)


def test_a_finding_that_implies_an_unknown_one_is_refused(folder):
    replace(folder / "findings.yml", "implies: pregnant", "implies: expecting")
    with pytest.raises(
        KnowledgeError, match=r"findings.yml:\d+: weeks_pregnant: findings.yml has no expecting"
    ):
        load_knowledge(folder)


def test_a_question_about_several_findings_without_a_name_is_refused(folder):
    replace(folder / "questions.yml", "  name: The signs below the waist\n", "")
    with pytest.raises(KnowledgeError, match="a question about several findings needs a name"):
        load_knowledge(folder)


def test_a_rule_about_an_unknown_finding_is_refused(folder):
    replace(folder / "triage.yml", "sudden_tearing_pain: present", "sudden_ripping_pain: present")
    with pytest.raises(KnowledgeError, match=r"triage.yml:\d+: A2: findings.yml has no sudden_ripping_pain"):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    postpartum: {none:", "    fever: {none:", "background: it does not ask about fever"),
        ("    postpartum: {none: [{sex: male}", "    postpartum: {none: [{sex: men}", "sex has no value men"),
    ],
)
def test_a_question_with_a_wrong_condition_is_refused(folder, old, new, message):
    replace(folder / "questions.yml", old, new)
    with pytest.raises(KnowledgeError, match=rf"questions.yml:\d+: .*{message}"):
        load_knowledge(folder)


def test_the_same_id_twice_is_refused(folder):
    replace(folder / "care.yml", "id: no_bed_rest", "id: keep_moving")
    with pytest.raises(KnowledgeError, match=r"care.yml: keep_moving stands there twice"):
        load_knowledge(folder)


def test_advice_for_every_urgency_is_needed(folder):
    text = (folder / "advice.yml").read_text(encoding="utf-8")
    before, rest = text.split("  consultation_24:", 1)
    after = rest[rest.index("  consultation:") :]
    (folder / "advice.yml").write_text(before + after, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"advice.yml: nothing for \['consultation_24'\]"):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{ emergency_number }}", "112", r"spoken.es.answer: the answer has no {{ emergency_number }}"),
        ("ie: 999 o al 112", "ie: 999", r"spoken.es: emergency has other numbers for ie than countries.yml"),
        ("      ie: 999 o al 112\n", "", r"spoken.es: emergency has no words for ie"),
        ("ie: 999 o al 112", "eire: 999 o al 112", r"spoken.es: countries.yml has no eire"),
        ("bonjour, ", "bonjour, hola, ", r"spoken.fr: hola stands in two languages"),
    ],
)
def test_a_language_without_the_right_numbers_is_refused(folder, old, new, message):
    replace(folder / "languages.yml", old, new)
    with pytest.raises(KnowledgeError, match=rf"languages.yml:\d+: {message}"):
        load_knowledge(folder)
