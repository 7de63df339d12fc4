"""Scores understanding on messages held out of its making: `python -m tests.understanding.score_holdout`."""

import datetime
from collections import Counter
from pathlib import Path
from typing import Any

from backchat.knowledge import Finding, FindingSpec
from backchat.knowledge.loader import KNOWLEDGE_FOLDER, read_content
from backchat.knowledge.phrases import load_phrases
from backchat.understanding import Understanding

TODAY = datetime.date(2026, 11, 23)
MONTH = 31
HOLDOUT = Path(__file__).parent / "holdout.yml"


def plain(value: object) -> object:
    return tuple(sorted(value)) if isinstance(value, (tuple, list)) else value


def same(expected: object, found: object) -> bool:
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return abs(expected - found) <= (1.0 if expected < MONTH else 0.1 * expected)
    return plain(expected) == plain(found)


def compare(expected: dict[str, Any], findings: tuple[Finding, ...], counts: Counter[str]) -> list[str]:
    """Counts right, missed, wrong and surplus findings, and names all but the right ones."""
    found = {finding.id: finding.value for finding in findings}
    faults = []
    for finding, value in expected.items():
        kind = "missed" if finding not in found else "right" if same(value, found[finding]) else "wrong"
        counts[kind] += 1
        if kind != "right":
            faults.append(f"{kind} {finding}={value} (found {found.get(finding)})")
    for finding in found.keys() - expected.keys():
        counts["surplus"] += 1
        faults.append(f"surplus {finding}={found[finding]}")
    return faults


def main() -> None:
    specs = read_content(KNOWLEDGE_FOLDER / "findings.yml", dict[str, FindingSpec])
    understanding = Understanding(load_phrases(), specs)
    content = read_content(HOLDOUT, dict[str, Any])
    for part in ("messages", "replies"):
        counts: Counter[str] = Counter()
        whole = 0
        for case in content[part]:
            text = case["text"]
            found = understanding.read(text, TODAY)
            faults = []
            if part == "replies":
                reply = understanding.read_reply(text, case["asked"], {}, found, TODAY)
                found = reply.findings
                faults = [] if reply.answered is case["answered"] else [f"answered {reply.answered}"]
            faults = compare(case["findings"], found, counts) + faults
            whole += not faults
            if faults:
                print(f"{text}\n    " + "\n    ".join(faults))
        recall = counts["right"] / (counts["right"] + counts["missed"] + counts["wrong"])
        precision = counts["right"] / (counts["right"] + counts["surplus"] + counts["wrong"])
        score = f"recall {recall:.3f}, precision {precision:.3f}"
        print(f"{part}: {whole} of {len(content[part])} whole, {score}, {dict(counts)}")


if __name__ == "__main__":
    main()
