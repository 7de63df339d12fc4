"""How conversations end: simulated patients talk with the real agent.

    python -m benchmarks.patients [--conversations N] [--seed S] [--processes N] [--failures FILE]

Run it in the project's folder. Each patient is drawn from the seed: findings that go together (`people.yml`),
and a way to tell them (`words.yml`). The patient begins with some of them, or with a greeting, and answers
every question in words, by number or with a click. Now and then they ask back, hesitate, take a break, add
something, are in doubt at first or for good, or tell something wrong that they put right later, in words or
from the list of answers. They talk with the trained model and the real actions (trained first where there is
no model) until there is a result and nothing is left to put right.

What the result is compared with is decided directly on findings, by the same rules and patterns, without
words and without an interview:

* urgency, deciding rule, pattern, stage equal: by all findings that were drawn, all known at once, also those
  that nobody asked for. "Not sure" that was said in the place of an answer and never asked again counts as
  said. An emergency ends the questions as soon as it is known, so where the conversation ended in one, it is
  compared with what had been told by then. This is the aim: it fails where words are misread, where the
  conversation loses something, and where the interview does not ask for what matters.
* as by what was told: by nothing but what the patient has said or answered in the end. What is lost here was
  lost in reading or in the conversation; the interview may have left out the rest.
* as by all at once: by all that was drawn, for emergencies too. Somebody with signs of two emergencies is
  told of the one that is known first; here that is unequal where the other one calls for an ambulance.

The interview does not ask for what can't change the urgency any more, and for the picture only while another
one is close. So the pattern by all that was drawn may well be another one.

Findings heard as they were told: of all that was told, in the end held with that value; a number within 15 %
or in the range that was heard. Turns are the messages of the patient; the questions put are different ones.
In brackets stands the 95 % interval after Wilson.

Whether a failure is one of the patient's words, of the reading or of the conversation is for somebody to
judge: `--failures` writes each that went wrong, with all that was said.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from backchat.knowledge import KnowledgeError
from backchat.server.logs import configure_logging
from backchat.server.model import ModelError, ensure_model
from benchmarks.patients.people import load_odds
from benchmarks.patients.stage import played
from benchmarks.patients.table import failures, question_table, talk_table
from benchmarks.patients.words import load_vocabulary

REPORTED_EVERY = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays and prints.

    Returns:
        The exit code: 0, or 1 where something could not be played, did not end, or failed.
    """
    options = _parser().parse_args(arguments)
    configure_logging()
    try:
        load_odds()
        load_vocabulary()
        ensure_model(_report)
    except (KnowledgeError, ModelError) as error:
        print(f"benchmarks.patients: {error}", file=sys.stderr)
        return 1
    talks = []
    for done in played(options.seed, options.conversations, options.processes):
        talks.append(done)
        if len(talks) % REPORTED_EVERY == 0:
            _report(f"{len(talks)} conversations")
    print(talk_table(talks), question_table(talks), sep="\n\n")
    if options.failures:
        options.failures.write_text("\n".join(failures(talks)), encoding="utf-8")
    return 1 if any(talk.failed for talk in talks) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.patients", description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=2000, metavar="N", help="how many are played")
    parser.add_argument("--seed", type=int, default=1, help="what the patients are drawn from")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), metavar="N", help="how many play at once"
    )
    parser.add_argument("--failures", type=Path, metavar="FILE", help="where to write what went wrong")
    return parser


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
