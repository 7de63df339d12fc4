"""How well people are triaged: Backchat's interview, beside a naive rule and published symptom checkers.

    python -m benchmarks.triage [--set development|blind] [--cases]

It plays the vignettes of a set through the real interview, without a model and without words: a
person with fixed findings tells some of them at once and answers every question that is put, until the
interview is over; then the assessment is made. What no question asks for and the person does not tell stays
unknown, as it would be in a conversation. So this measures questions, rules and patterns, and not how well
words are read: `benchmarks.understanding` does that.

The person tells at once what `told_at_once` of the vignette says, else only where it hurts, for how long and
what set it off, whatever else the words of the opening say. Asked for a sign that the vignette does not name,
they deny it; asked for anything else that it does not name, they say that they don't know.

In the table, `n` is how many vignettes the figures of the first column were counted on; in brackets stands
the 95 % interval after Wilson, which takes vignettes for independent.

* any red flag: whoever has a sign that a rule of urgency "within 24 hours" or more looks at, or is in doubt
  about one, is an emergency, and everybody else is sent home. It asks nothing, and is told all that is true
  of the person, which is more than Backchat is told before it asks.
* Backchat, words and red flag, words: the same two, told only what Backchat's phrases read in the words of
  the opening. Backchat then asks, and is answered with findings as before; what was misread stays.
* published figures: of symptom checkers for all complaints, on the vignettes of those studies and mostly with
  three tiers (emergency, not an emergency, self-care) in place of five. They say what is common, and are no
  comparison on the same cases.

What the rows mean.

* emergencies sent as such: of the vignettes labelled `emergency` or `emergency_ambulance`, those that got one
  of the two.
* under-triage, over-triage: given a tier below or above the labelled one.
* plain strains over-triaged: of the vignettes labelled `self_care` with the pattern `muscular`, those that
  got anything above.
* questions asked: different questions put after the opening, those that are asked once more in other words
  included. An emergency ends them at once.

* pattern right, stage right: of the vignettes whose label names one.

With `--cases` follows every vignette whose urgency, pattern or stage came out wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from backchat.knowledge import KnowledgeError, load_knowledge
from benchmarks.triage.contenders import contenders
from benchmarks.triage.table import case_report, sources, triage_table
from benchmarks.triage.vignettes import SETS, load_vignettes


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints.

    Returns:
        The exit code: 0, or 1 where something could not be measured.
    """
    options = _parser().parse_args(arguments)
    try:
        knowledge = load_knowledge()
        vignettes = load_vignettes(knowledge, SETS[options.set])
        everyone = contenders(knowledge)
    except KnowledgeError as error:
        print(f"benchmarks.triage: {error}", file=sys.stderr)
        return 1
    verdicts = {one.name: [one.judge(vignette) for vignette in vignettes] for one in everyone}
    print(triage_table(vignettes, verdicts))
    print("", *sources(), sep="\n")
    if options.cases:
        print(*case_report(vignettes, verdicts[everyone[0].name]), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.triage", description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=SETS, default="development", help="which vignettes")
    parser.add_argument("--cases", action="store_true", help="show every vignette that came out wrong")
    return parser


if __name__ == "__main__":
    sys.exit(main())
