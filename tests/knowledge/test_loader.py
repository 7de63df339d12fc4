"""The content is checked when loaded, and a mistake is named with file, line and reason."""

import shutil
from pathlib import Path

import pytest

from backchat.knowledge import KnowledgeError, load_knowledge
from backchat.knowledge.checks import wrong_in
from backchat.knowledge.models import Country, FindingSpec, Source, Urgency
from backchat.knowledge.reading import KNOWLEDGE_FOLDER, read_content

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
    assert list(wrong_in(VOCABULARY, condition)) == []


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
        ({"fever": []}, "fever has no value"),
        ({"age": {"at_least": 121}}, "age is a number from 0 to 120, not 121"),
        ({"age": {"below": "65"}}, "age is a number from 0 to 120, not '65'"),
        ({"age": {}}, "age can't be compared"),
        ({"any": []}, "any combines a list of conditions"),
        ({"none": {"fever": "present"}}, "none combines a list of conditions"),
        ({"at_least": 2}, "at_least has a count and what it is of"),
        ({"at_least": {"count": 0, "of": [{"fever": "present"}]}}, "at_least counts from 1, not 0"),
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
def test_what_is_wrong_with_a_condition_is_said(condition, reason):
    assert [reason in said for said in wrong_in(VOCABULARY, condition)] == [True]


ENTRY = 12
"""So many lines an entry has at most."""


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
    path = written(
        tmp_path,
        "no: {id: no, name: on, emergency: yes, advice: y, crisis: off, poison: n, violence: n, child: n}\n",
    )
    assert read_content(path, dict[str, Country])["no"].name == "on"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n  id: a\n  title: T\n  publisher: P\n  year: long ago\n", "sources.yml:5: a.year: "),
        ("a:\n  id: a\n  title: T\n  year: 2020\n", "sources.yml:2: a.publisher: field required"),
        ("b: {id: b, title: T, publisher: P, year: 2020}\na:\n  id: a\n  url: x\n", "sources.yml:3: a."),
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
    with pytest.raises(
        KnowledgeError, match=r"care.yml:\d+: stay_still.sources: sources.yml has no my_own_opinion"
    ):
        load_knowledge(folder)


def test_a_finding_that_implies_an_unknown_one_is_refused(folder):
    replace(folder / "findings.yml", "implies: {pregnant: present}", "implies: {expecting: present}")
    with pytest.raises(
        KnowledgeError, match=r"findings.yml:\d+: weeks_pregnant.implies: findings.yml has no expecting"
    ):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "findings.yml",
            "implies: {pregnant: present}",
            "implies: {pregnant: absent}",
            r"weeks_pregnant.implies: pregnant can't be implied to be absent",
        ),
        (
            "findings.yml",
            "values_imply: {anticoagulant: {anticoagulant: present}",
            "values_imply: {thinner: {anticoagulant: present}",
            r"nsaid_caution.values_imply.thinner: it has no value thinner",
        ),
        (
            "findings.yml",
            "not_with: {sex: male}",
            "not_with: {sex: man}",
            r"pregnant.not_with: there is no sex: man",
        ),
        (
            "steering.yml",
            "- id: resume",
            "- id: resumed",
            r"steering.yml:\d+: .*resume, erase, in this",
        ),
        ("steering.yml", "    anew: Only", "    again: Only", r"resume.options: words for anew, continue"),
        ("steering.yml", "findings: []", "findings: [fever]", r"change: it is a choice, and about no"),
        ("persons.yml", "  other: {they", "  others: {they", r"pronouns: nothing for other"),
        ("persons.yml", "  male: {they: he, ", "  male: {", r"pronouns.male: nothing for they"),
        ("persons.yml", "  male: {they", "  man: {they", r"pronouns.man: sex has no value man"),
        ("requests.yml", "  pause: [", "  pause: [skip it, ", r"intents.pause: “skip it” stands for"),
        ("requests.yml", "adding: [also", "adding: [Also", r"adding: “Also” is not in lower case"),
    ],
)
def test_what_the_conversation_itself_needs_is_checked(folder, file, old, new, message):
    replace(folder / file, old, new)
    with pytest.raises(KnowledgeError, match=message):
        load_knowledge(folder)


def test_a_question_about_several_findings_without_a_name_is_refused(folder):
    replace(folder / "questions.yml", "  name: The signs below the waist\n", "")
    with pytest.raises(KnowledgeError, match="a question about several findings needs a name"):
        load_knowledge(folder)


def test_a_rule_about_an_unknown_finding_is_refused(folder):
    replace(folder / "triage.yml", "sudden_tearing_pain: present", "sudden_ripping_pain: present")
    with pytest.raises(
        KnowledgeError, match=r"triage.yml:\d+: A2.when: findings.yml has no sudden_ripping_pain"
    ):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    postpartum: {none:", "    fever: {none:", "background: it does not ask about fever"),
        ("    postpartum: {none: [{sex: male}", "    postpartum: {none: [{sex: men}", "sex has no value men"),
        (
            "    vomiting: Being sick (throwing up)\n",
            "",
            "infection_risk: no words on the options for vomiting",
        ),
        (
            "vomiting: Being sick (throwing up)",
            "vomiting: ''",
            "infection_risk.options.vomiting: ensure this value has at least 1 char",
        ),
        ("    flank: Side,", "    knee: Side,", "region: options for knee"),
        ("findings: [severity]", "findings: [strength]", "strength_at_once: findings.yml has no strength"),
    ],
)
def test_a_question_with_a_wrong_condition_is_refused(folder, old, new, message):
    replace(folder / "questions.yml", old, new)
    with pytest.raises(KnowledgeError, match=rf"questions.yml:\d+: .*{message}"):
        load_knowledge(folder)


def test_the_same_id_twice_is_refused(folder):
    replace(folder / "care.yml", "id: no_bed_rest", "id: keep_moving")
    with pytest.raises(KnowledgeError, match=r"care.yml:\d+: keep_moving: it stands there twice"):
        load_knowledge(folder)


def test_advice_for_every_urgency_is_needed(folder):
    text = (folder / "advice.yml").read_text(encoding="utf-8")
    before, rest = text.split("  consultation_24:", 1)
    after = rest[rest.index("  consultation:") :]
    (folder / "advice.yml").write_text(before + after, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"advice.yml:\d+: urgencies: nothing for consultation_24"):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{ emergency_number }}", "112", r"spoken.es.answer: it has no {{ emergency_number }}"),
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


def refused(path: Path, old: str, new: str) -> str:
    """Breaks a file in one place and loads the content; returns what is said, after a line that there is."""
    replace(path, old, new)
    with pytest.raises(KnowledgeError) as error:
        load_knowledge(path.parent)
    name, line, said = str(error.value).split(":", 2)
    assert name == path.name
    assert 1 <= int(line) <= len(path.read_text(encoding="utf-8").splitlines())
    return said


def broken(path: Path, old: str, new: str) -> str:
    """Breaks a file in one place and loads the content.

    Returns what is said after the file and the line, which are made sure to be right: the line is that of the
    break, or the nearest one above it that can be meant.
    """
    before = path.read_text(encoding="utf-8").splitlines()
    replace(path, old, new)
    after = path.read_text(encoding="utf-8").splitlines()
    with pytest.raises(KnowledgeError) as error:
        load_knowledge(path.parent)
    name, line, said = str(error.value).split(":", 2)
    lines = enumerate(zip(before, after, strict=False), start=1)
    changed = next(number for number, (old_line, new_line) in lines if old_line != new_line)
    assert name == path.name
    assert not [above for above in after[int(line) : changed - 1] if above.startswith(("- id:", "  id:"))]
    assert changed - ENTRY <= int(line) <= changed + 1
    return said.strip()


@pytest.mark.parametrize(
    "condition",
    [
        "{sudden_tearing_pain: present, all: [{sudden_tearing_pain: absent}]}",
        "{age: {below: 10, at_least: 10}}",
        "{age: {at_most: 30}, duration_days: {at_most: 365}, began_at_age: {above: 31}}",
        "{age: {at_least: 60}, duration_days: {below: 84}, began_at_age: {below: 45}}",
        "{relieved_by: nothing, all: [{relieved_by: rest}]}",
        "{any: [{fever: present}], none: [{fever: [present, unsure]}]}",
        "{at_least: {count: 2, of: [{onset: sudden}, {onset: gradual}, {side: left, all: [{side: right}]}]}}",
    ],
)
def test_a_rule_that_can_never_fire_is_refused(folder, condition):
    said = broken(folder / "triage.yml", "when: {sudden_tearing_pain: present}", f"when: {condition}")
    assert said == "A2.when: it can never hold"


@pytest.mark.parametrize(
    ("condition", "part"),
    [
        (
            "{any: [{sudden_tearing_pain: present}, {age: {at_least: 65, below: 60}}]}",
            '{"age": {"at_least": 65, "below": 60}}',
        ),
        ("{onset: sudden, any: [{fever: present}, {onset: gradual}]}", '{"onset": "gradual"}'),
        (
            "{any: [{fever: present}, {any: [{chest_pain: present}, {fever: absent}], fever: present}]}",
            '{"fever": "absent"}',
        ),
        (
            "{all: [{any: [{fever: present}, {collapse: present}]}], none: [{collapse: present}]}",
            '{"collapse": "present"}',
        ),
    ],
)
def test_a_way_of_a_rule_that_nobody_can_come_by_is_refused(folder, condition, part):
    said = broken(folder / "triage.yml", "when: {sudden_tearing_pain: present}", f"when: {condition}")
    assert said == f"A2.when: its part {part} can never hold"


def test_a_contradiction_under_one_key_is_refused(folder):
    old = "when: {sudden_tearing_pain: present}"
    new = "when: {sudden_tearing_pain: present, sudden_tearing_pain: absent}"
    assert broken(folder / "triage.yml", old, new) == "sudden_tearing_pain stands there twice"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # the same as an earlier rule, and more
        (
            "when: {spine_shape_change: present}",
            "when: {spine_shape_change: present, fever: present}",
            "D7.when: it never decides, as D1 (consultation_24) holds whenever it does",
        ),
        # a rule of a higher urgency asks for less
        (
            "when: {previous_spine_surgery: present}",
            "when: {previous_spine_surgery: present, age: {below: 9}}",
            "C14.when: it never decides, as D18 (consultation_24) holds whenever it does",
        ),
        # the other takes more values, and either of two signs
        (
            "when: {rash_on_one_side: present}",
            "when: {foot_drop: present, onset: gradual}",
            "D12.when: it never decides, as D2 (consultation_24) holds whenever it does",
        ),
        # each way into it is a way into another rule
        (
            "when: {previous_spine_surgery: present}",
            "when: {any: [{fever: present}, {foot_drop: present}]}",
            "C14.when: it never decides, "
            "as D1 (consultation_24) or D2 (consultation_24) holds whenever it does",
        ),
        (
            "when: {sexual_dysfunction: present}",
            "when: {any: [{saddle_numbness: present}, {urinary_retention: present}]}",
            "E5.when: it never decides, as E1 (emergency) or E2 (emergency) holds whenever it does",
        ),
    ],
)
def test_a_rule_in_the_shadow_of_another_is_refused(folder, old, new, said):
    assert broken(folder / "triage.yml", old, new) == said


def test_a_combination_may_stand_before_its_single_sign(folder):
    text = (folder / "triage.yml").read_text(encoding="utf-8")
    start, end = text.index("- id: E8"), text.index("- id: E1\n")
    combination = "- {id: E0, urgency: emergency, when: {saddle_numbness: present, cancer_history: present}, "
    combination += "condition: c, why: w, sources: [nice_cg75]}\n"
    (folder / "triage.yml").write_text(text[:start] + combination + text[start:end] + text[end:])
    assert "E0" in {rule.id for rule in load_knowledge(folder).rules}


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("triage.yml", "sources: [tidsskr_2020]", "sources: []", "A8.sources: at least 1 is needed"),
        ("triage.yml", "  sources: [tidsskr_2020]\n", "", "A8.sources: field required"),
        (
            "topics.yml",
            "  sources: [niams_back_pain, nhs_sciatica]\n",
            "",
            "muscle_or_spine: either at least one",
        ),
        ("topics.yml", "  about_backchat: true\n", "", "privacy: either at least one source"),
        (
            "questions.yml",
            "text: Do any of these fit you?",
            "text:",
            "general_signs.text: none is not an allowed",
        ),
        (
            "questions.yml",
            "text: If a leg or foot is weak, is that getting worse?",
            "text: ' '",
            "weakness_worsening.text: ensure",
        ),
        (
            "questions.yml",
            "why: Weakness that",
            "because: Weakness that",
            "weakness_worsening.why: field required",
        ),
        (
            "questions.yml",
            "{low_mood: present}]}",
            "{low_mood: bad}]}",
            "safety.when: low_mood has no value",
        ),
        (
            "care.yml",
            "when: {overdose: [present, unsure]}",
            "when: {overdoes: [present, unsure]}",
            "overdose_packets.when: findings.yml",
        ),
        (
            "care.yml",
            "patterns: [stenosis]",
            "patterns: [narrow]",
            "lean_forward.patterns: patterns.yml has no",
        ),
        (
            "care.yml",
            "asks: nsaid_caution",
            "asks: fever",
            "ask_about_nsaid.asks: `when` says nothing of fever",
        ),
        (
            "care.yml",
            "instead_of: [ask_about_nsaid,",
            "instead_of: [cream,",
            "ask_about_pain_relief.instead_of: cream does not stand before it",
        ),
        (
            "exercises.yml",
            "both_legs], aggravated_by: [bending,",
            "both_legs], aggravated_by: [bend,",
            "cat_cow.unless: aggravated_by has",
        ),
        ("patterns.yml", "rules: [C5]", "rules: [C55]", "stenosis.rules: triage.yml has no C55"),
        (
            "patterns.yml",
            "quality: gnawing",
            "quality: gnawed",
            "arthritis.evidence.0.when: quality has no value gnawed",
        ),
        ("version.yml", "version:", "versions:", "version: field required"),
        ("findings.yml", "age: {kind: number", "age: {kind: figure", "age.kind: value is not a valid"),
        ("sources.yml", "publisher: NICE, year: 2016", "publisher: NICE", "nice_ng59.year: field required"),
    ],
)
def test_each_mistake_is_named_with_file_line_and_reason(folder, name, old, new, said):
    assert broken(folder / name, old, new).startswith(said)


@pytest.mark.parametrize(
    ("content", "said"), [(b"a: b\nc: \xff\n", "2: it is not written in UTF-8"), (b"a: b\nc: \x01\n", "2: ")]
)
def test_what_is_not_text_is_named(tmp_path, content, said):
    (tmp_path / "sources.yml").write_bytes(content)
    with pytest.raises(KnowledgeError) as error:
        read_content(tmp_path / "sources.yml", dict[str, Source])
    assert str(error.value).startswith(f"sources.yml:{said}")


def test_care_that_asks_for_what_no_question_is_about_is_refused(folder):
    replace(folder / "care.yml", "asks: nsaid_caution", "asks: lifestyle")
    replace(folder / "care.yml", "nsaid_caution: none", "nsaid_caution: none\n    lifestyle: smoking")
    with pytest.raises(
        KnowledgeError, match=r"care.yml:\d+: ask_about_nsaid.asks: no question is about lifestyle"
    ):
        load_knowledge(folder)


@pytest.mark.parametrize("taken_away", ["drawings", "drawings/pelvic_tilt.svg"])
def test_every_exercise_needs_a_picture(folder, taken_away):
    if (folder / taken_away).is_dir():
        shutil.rmtree(folder / taken_away)
    else:
        (folder / taken_away).unlink()
    missing = r"exercises.yml:\d+: pelvic_tilt: it has no picture \(drawings/pelvic_tilt.svg\)"
    with pytest.raises(KnowledgeError, match=missing):
        load_knowledge(folder)


def test_a_picture_that_is_none_is_refused(folder):
    (folder / "drawings" / "cat_cow.svg").write_text("hello")
    with pytest.raises(KnowledgeError, match=r"cat_cow.svg:1: it is no SVG"):
        load_knowledge(folder)


def test_the_safety_net_is_never_empty(folder):
    text = (folder / "advice.yml").read_text(encoding="utf-8")
    (folder / "advice.yml").write_text(text[: text.index("safety_net:")] + "safety_net: []\n")
    with pytest.raises(KnowledgeError, match=r"advice.yml:\d+: safety_net: at least 1 is needed"):
        load_knowledge(folder)


@pytest.mark.parametrize("file", ["triage.yml", "questions.yml", "patterns.yml", "care.yml", "exercises.yml"])
def test_a_file_with_nothing_in_it_is_refused(folder, file):
    (folder / file).write_text("[]\n")
    with pytest.raises(KnowledgeError, match=f"{file}:1: content: there is nothing in it"):
        load_knowledge(folder)


WRONG_PARTS = [
    # a question without what its kind needs
    ("questions.yml", "findings: [age]", "findings: []", "age: it asks about no findings"),
    (
        "questions.yml",
        "stays the same.\n  options: {present: 'Yes', absent: 'No'}".replace("'", '"'),
        "stays the same.",
        "weakness_worsening: it has no options",
    ),
    # nothing where something is needed
    ("triage.yml", "- id: A6", "- id: ''", "0.id: string does not match regex"),
    ("triage.yml", "condition: sepsis", "condition:", "A5.condition: none is not an allowed value"),
    ("findings.yml", "words: your age", "words: ''", "age.words: ensure this value has at least 1 char"),
    ("findings.yml", "female: female", "female: ' '", "sex.labels.female: ensure this value has at least 1"),
    (
        "sources.yml",
        "publisher: NICE, year: 2016",
        "publisher: '', year: 2016",
        "nice_ng59.publisher: ensure",
    ),
    (
        "exercises.yml",
        "stop_if: Stop if pain grows or",
        "stop_if: '' # Stop if",
        "pelvic_tilt.stop_if: ensure",
    ),
    ("countries.yml", 'emergency: "911"', "emergency: ''", "us.emergency: ensure this value has at least 1"),
    ("version.yml", 'version: "', "version: '' # ", "version: ensure this value has at least 1 characters"),
    ("care.yml", "urgencies: [", "urgencies: [] # ", "urgencies: at least 1 is needed"),
    # numbers that can't be
    ("sources.yml", "publisher: NICE, year: 2016", "publisher: NICE, year: 20160", "nice_ng59.year: ensure"),
    ("patterns.yml", "likely: 7\n", "likely: 3\n", "muscular: likely is below possible"),
    ("patterns.yml", "possible: 4\n", "possible: -4\n", "muscular.possible: ensure this value is greater"),
    # what the code names, and names that differ
    ("countries.yml", "unknown:\n  id: unknown", "nowhere:\n  id: nowhere", "content: it has no unknown"),
    ("topics.yml", "who_are_you:\n  id: who_are_you", "who:\n  id: who", "content: it has no who_are_you"),
    ("countries.yml", "ca:\n  id: ca", "ca:\n  id: us", "ca.id: us stands under ca"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), WRONG_PARTS)
def test_a_part_that_cannot_be_used_is_refused(folder, name, old, new, said):
    assert said in refused(folder / name, old, new)


def test_an_exercise_without_steps_is_refused(folder):
    text = (folder / "exercises.yml").read_text(encoding="utf-8")
    start, end = text.index("  steps:\n"), text.index("  repetitions:")
    (folder / "exercises.yml").write_text(text[:start] + "  steps: []\n" + text[end:], encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"exercises.yml:\d+: pelvic_tilt.steps: at least 1 is needed"):
        load_knowledge(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        # a wording that something says, or that nothing does
        ("wording.yml", "result: >-", "results: >-", "content: it has no result"),
        ("wording.yml", "item_age: ", "item_ages: ", "content: it has no item_age"),
        ("wording.yml", "value_unsure: ", "value_doubted: ", "content: it has no value_unsure"),
        ("wording.yml", "example_choice: ", "example_choices: ", "example_choices: nothing says it"),
        (
            "wording.yml",
            "little: little that",
            "little_2: few\nlittle: little that",
            "little_2: nothing says",
        ),
        (
            "wording.yml",
            "none_of_these: None of these",
            "none_of_these: ''",
            "none_of_these: ensure this value",
        ),
        # what is no template, or says what nothing fills in, or leaves out what it has to say
        ("wording.yml", "{{ course }}", "{{ course }", "course: no template: unexpected '}'"),
        ("wording.yml", "{%- if denied %}", "{%- if denied }", "understood: no template: unexpected '}'"),
        ("wording.yml", "items | join", "items | jion", "noted: no template: there is no jion"),
        ("wording.yml", "{{ course }}", "{{ course.words }}", "course: no template: there is no words"),
        ("wording.yml", "{{ course }}", "{{ course }} {{ title }}", "course: nothing fills {{ title }}"),
        (
            "wording.yml",
            "noted_2: \"I've noted that: {{ items",
            'noted_2: "{{ item',
            "noted_2: nothing fills {{",
        ),
        (
            "wording.yml",
            "{{ meaning }} This is not",
            "This is not",
            "pattern_likely: it has no {{ meaning }}",
        ),
        ("advice.yml", "Contact {{ advice", "Contact {{ advise", "action: nothing fills {{ advise_line"),
        (
            "advice.yml",
            "Contact {{ advice_line }}",
            "Contact {{ advice_line }",
            "action: no template: unexpected '}'",
        ),
        (
            "languages.yml",
            "{{ emergency_number }}",
            "{{ emergency_number }",
            "answer: no template: unexpected",
        ),
        (
            "languages.yml",
            "{{ emergency_number }}",
            "{{ emergency_number }} {{ x }}",
            "answer: nothing fills",
        ),
        ("questions.yml", "Do you mean: {{ words }}?", "Is it so?", "confirm: text: it has no {{ words }}"),
        ("questions.yml", "for you now: {{ words }}?", "so: {{ word }}?", "confirm: plainer: nothing fills"),
        (
            "questions.yml",
            "How old are you?",
            "How old is {{ name }}?",
            "age: text: nothing fills {{ name }}",
        ),
        ("questions.yml", "How old are you?", "'How old {% are you?'", "age.text: no template: "),
        (
            "care.yml",
            "  title: ",
            "  title: Call {{ emergency_number }}. ",
            "title: nothing is filled in here",
        ),
        ("care.yml", "{{ crisis_line }}", "{{ crisis_lines }}", "text: nothing fills {{ crisis_lines }}"),
    ],
)
def test_what_can_not_be_said_is_refused(folder, name, old, new, said):
    assert said in refused(folder / name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("care.yml", "as the pain allows,", "as 400 mg allow,", "keep_moving.text: “400 mg” is a dose"),
        ("care.yml", "as the pain allows,", "as two tablets allow,", "keep_moving.text: “two tablets” is a"),
        (
            "care.yml",
            "as the pain allows,",
            "as 1 to 2 pills allow,",
            "keep_moving.text: “1 to 2 pills” is",
        ),
        (
            "care.yml",
            "as the pain allows,",
            "every 4 to 6 hours,",
            "keep_moving.text: “every 4 to 6 hours”",
        ),
        ("care.yml", "as the pain allows,", "with Voltarol,", "keep_moving.text: “Voltarol” is a brand"),
        ("care.yml", "as the pain allows,", "with deep heat,", "keep_moving.text: “deep heat” is a brand"),
        (
            "topics.yml",
            "Warmth is the first choice",
            "Codeine is one",
            "“Codeine” is a medicine that",
        ),
        ("triage.yml", "back pain with fever can", "harmless fever can", "D1.why: “harmless” is a promise"),
        ("wording.yml", "refused: That's fine.", "refused: Take 5ml.", "refused: “5ml” is a dose"),
        (
            "exercises.yml",
            "title: Cat and cow",
            "title: Neuropasil",
            "cat_cow.title: “Neuropasil” is a",
        ),
        ("advice.yml", "and give it some time", "and take 2g", "self_care.action: “2g” is a dose"),
        ("glossary.yml", "where poo comes out", "half a tablet", "back_passage.meaning: “half a tablet” is"),
    ],
)
def test_a_text_with_a_dose_a_brand_or_a_promise_is_refused(folder, name, old, new, said):
    assert said in broken(folder / name, old, new)


@pytest.mark.parametrize(
    "text",
    [
        "Do 10 repetitions for 20 minutes.",
        "Hold it for five to ten seconds, once or twice a day.",
        "Get up every half hour, and after 2 hours of sitting.",
        "Walk 500 metres, in the 4th week, 2 times a day.",
        "Three to five times on each side.",
        "Call 111 in the UK, or 1-800-222-1222.",
        "Pills and tablets have labels, and a dose is for a pharmacist.",
        "The heat goes deep. It gets colder and harder in the morning.",
    ],
)
def test_numbers_that_are_no_doses_may_be_said(folder, text):
    replace(folder / "care.yml", "Stay as active as the pain allows,", f"{text} Stay as active as it allows,")
    assert text in next(care.text for care in load_knowledge(folder).care if care.id == "keep_moving")


def test_what_people_say_themselves_may_name_brands(folder):
    topics = load_knowledge(folder).topics
    assert "tylenol" in topics["medicines"].phrases


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "findings.yml",
            "# --- safety ---",
            "itch: {kind: tri, words: an itch}\n\n# --- safety ---",
            "D12.when: no question asks about itch, and no phrase tells of it",
        ),
        (
            "findings.yml",
            "burning: burning, electric",
            "burning: burning, prickling: prickling, electric",
            "D12.when: no question and no phrase tells that quality is prickling",
        ),
    ],
)
def test_a_rule_that_rests_on_what_nobody_can_come_to_know_is_refused(folder, name, old, new, said):
    replace(folder / name, old, new)
    condition = "itch: present" if "itch" in new else "quality: prickling"
    assert (
        broken(folder / "triage.yml", "when: {rash_on_one_side: present}", f"when: {{{condition}}}") == said
    )


def test_a_picture_that_rests_on_what_nobody_can_come_to_know_is_refused(folder):
    replace(
        folder / "findings.yml", "# --- safety ---", "itch: {kind: tri, words: an itch}\n\n# --- safety ---"
    )
    said = broken(folder / "patterns.yml", "{when: {rash_on_one_side: present}", "{when: {itch: present}")
    assert said.endswith("no question asks about itch, and no phrase tells of it")


def test_what_only_phrases_tell_of_is_within_reach(folder):
    assert not [q for q in load_knowledge(folder).questions if "muscle_spasm" in q.findings]
    replace(folder / "triage.yml", "when: {rash_on_one_side: present}", "when: {muscle_spasm: present}")
    load_knowledge(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "signs: [saddle_numbness]\n",
            "signs: [saddle_numbness]\n    when: {age: {at_least: 16}}\n",
            "safety_net: somebody is told nothing of saddle_numbness",
        ),
        ("signs: [bowel_incontinence]", "signs: []", "safety_net: somebody is told nothing of bowel_"),
        (
            "when: {none: [{age: {below: 16}}]}",
            "when: {age: {at_least: 16}}",
            "safety_net: somebody is told nothing of sexual_dysfunction",
        ),
        ("when: {region: neck}", "when: {region: knee}", "region has no value knee"),
        ("when: {region: neck}", "when: {region: neck, none: [{region: neck}]}", "it can never hold"),
        ("signs: [urinary_retention]", "signs: [retention]", "findings.yml has no retention"),
        ("sources: [nhs_sciatica]", "sources: [nobody]", "sources.yml has no nobody"),
        ("when: {pregnant: present}", "when: {pregnant: perhaps}", "pregnant has no value perhaps"),
    ],
)
def test_a_safety_net_that_leaves_somebody_without_a_sign_of_the_cauda_equina_is_refused(
    folder, old, new, said
):
    assert said in refused(folder / "advice.yml", old, new)
