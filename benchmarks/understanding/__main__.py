"""How well messages are read: Backchat, beside what one would take off the shelf.

    python -m benchmarks.understanding [--set development|blind] [--quick | --skip-default] [--examples]

Run it in the project's folder. It reads labelled messages (`tests/understanding/LABELLING.md` says how they
are labelled), all written on the same day, at which the clock stands still. In the same run they are read
by

* Backchat: the trained model, by Rasa's own agent, as it is served; trained first where it is not there.
* phrases alone: Backchat's phrases and rules without anything learned.
* Rasa's default: its default pipeline, trained on the same data in a temporary folder: the intents, and
  each line of `examples/findings` as one entity of its finding, with the assertion or the value as its
  role. A line that tells several findings is annotated with the first, as a word can be of one entity only.
  Entities and roles have no place for numbers and durations, so it finds none. The training takes hours;
  with `--quick` a tenth of them, with `--skip-default` it is left out. Nothing is kept for the next run.
* libraries that do one part: negspacy for denials; dateparser, ctparse and recognizers-text for durations.

`n` is how many cases Backchat's figure was counted on; in brackets stands the 95 % interval after Wilson,
which takes cases for independent. The interval of an F1 joins the ends of its parts, so it is wider than
need be.

What the rows mean. What is labelled `maybe` counts nowhere.

* red flags: yes-or-no findings that a rule of urgency "within 24 hours" or more looks at.
* recall: of the findings that are there, those read as there or as in doubt, as Backchat then asks. "in
  doubt" is the part of these that was read as in doubt; "only to confirm" the part of those read that only
  the learned layer saw. A finding that is in doubt and read as there is neither right nor wrong.
* precision: of the findings read as there, those that are. "doubted without reason" counts messages where
  something is read as in doubt that is neither there nor in doubt.
* assertion right: of the labelled findings that were located, those with the right one of the four
  assertions.
* denials read as present, presences read as absent: of all that are labelled so.
* values: sides, places, qualities and other choices; each value of a set counts. Numbers: age, severity,
  weeks.
* all findings: yes-or-no findings with their assertion, values, numbers and durations; right where the
  value is.
* assertion alone: findings that Backchat's phrases located and that are labelled present or absent.
  negspacy is given the places, so only the assertion is compared. A phrase may tell a denial by itself
  ("bladder fine"), which NegEx was not made for.
* durations, of messages: how long the pain has lasted, within a day, or a tenth above a month; a labelled
  range is met by an estimate inside it or by the same range. The libraries do not choose which time is
  about the pain: for them one right among all that they find is enough. Where a message has no such
  duration, any is too many.
* durations, expressions: test suites of others, such as those of recognizers-text and ctparse themselves,
  within 2 %, one right among all found. In texts without a length, a date or a time of day that is found
  does not count, but dateparser can't tell the two apart.
* intents: what falls back or is in another language counts as out of scope. False rejection: messages in
  scope that are read as out of it. CLINC150: a fixed sample of messages about anything else. MedQuAD:
  questions about back pain, as `ask_faq`.
* replies: all right is every finding of the reply and no other, apart from whether it answers the question.
  Wrong values: findings taken from replies that the label gives otherwise or not at all.
* latency: one parse after the other with the process on one core, in milliseconds, for the labelled
  messages.

The dialogues of aci-bench and MTS-Dialog are left out: their notes sum up both speakers, so that what a
single message tells is not labelled, and no recall can be counted.

Without `--examples` no message is printed. With it follows what Backchat read wrongly, red flags first.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backchat.knowledge import Knowledge, KnowledgeError, load_knowledge
from backchat.server.logs import configure_logging
from backchat.server.model import ModelError, ensure_model
from backchat.server.reading import load_understanding
from benchmarks.understanding.contenders import (
    Answer,
    Backchat,
    Contender,
    ContenderError,
    PhrasesAlone,
    RasaDefault,
)
from benchmarks.understanding.examples import confusion_report, intent_report, reply_report
from benchmarks.understanding.figures import Table
from benchmarks.understanding.labels import Foreign, LabelError, LabelledSet, load_foreign, load_set
from benchmarks.understanding.libraries import (
    BackchatDurations,
    Ctparse,
    Dateparser,
    Negspacy,
    Recognizers,
)
from benchmarks.understanding.tables import (
    Readings,
    assertion_table,
    duration_table,
    findings_table,
    intent_table,
    latency_table,
    reply_table,
)

SETS = Path("tests/understanding")
FOREIGN = Path("../shared/data")
QUICK_EPOCHS = 10
INTERRUPTED, TERMINATED = 130, 143


@dataclass(frozen=True)
class Outcome:
    """All that was read.

    Attributes:
        readings: What each contender read from each text.
        answers: What Backchat took from each reply.
    """

    readings: Readings
    answers: Sequence[Answer]


class Benchmark:
    """One set, read by everyone."""

    def __init__(self, labelled: LabelledSet, foreign: Foreign | None, knowledge: Knowledge) -> None:
        """Takes what is read.

        Args:
            labelled: The messages with their labels.
            foreign: Data of others, where there is any.
            knowledge: The vocabulary and the questions.
        """
        self._labelled = labelled
        self._foreign = foreign
        self._knowledge = knowledge
        self._understanding = load_understanding(knowledge)

    def read(self, with_default: bool, epochs: int | None) -> Outcome:
        """Lets all contenders read all texts.

        Args:
            with_default: Whether Rasa's default is among them.
            epochs: How long it is trained; `None` for Rasa's own number.

        Returns:
            What they read.

        Raises:
            ModelError: Backchat's model can't be trained or used.
            ContenderError: Rasa's default can't be trained.
        """
        texts = self._labelled.texts
        if self._foreign:
            texts = list(dict.fromkeys([*texts, *self._foreign.out_of_scope, *self._foreign.questions]))
        model = ensure_model(report)
        configure_logging()  # now, as it would show every step of the training
        backchat = Backchat(model, self._understanding)
        contenders: list[Contender] = [backchat, PhrasesAlone(self._understanding)]
        if with_default:
            with tempfile.TemporaryDirectory(prefix="backchat-understanding-") as folder:
                contenders.append(RasaDefault(Path(folder) / "default", self._knowledge, epochs, report))
        readings = {}
        for contender in contenders:
            report(f"{contender.name}: reading {len(texts)} texts")
            readings[contender.name] = contender.read(texts)
        return Outcome(readings, backchat.answers(self._labelled.replies, readings[Backchat.name]))

    def tables(self, outcome: Outcome) -> Iterator[Table]:
        """Gives the tables, one after the other.

        Args:
            outcome: What was read.
        """
        readings, messages = outcome.readings, self._labelled.messages
        with_intents = {name: read for name, read in readings.items() if name != PhrasesAlone.name}
        readers = [BackchatDurations(self._understanding), Dateparser(), Ctparse(), Recognizers()]
        ours, phrases = readings[Backchat.name], readings[PhrasesAlone.name]
        yield findings_table(readings, messages, self._knowledge)
        yield assertion_table(phrases, messages, Negspacy(), self._knowledge)
        yield duration_table(ours, messages, readers, self._foreign, self._knowledge)
        yield intent_table(with_intents, self._labelled.intents, self._foreign)
        yield reply_table(self._labelled.replies, outcome.answers, self._knowledge)
        yield latency_table(readings, messages, outcome.answers)

    def examples(self, outcome: Outcome) -> Iterator[str]:
        """Gives what Backchat read wrongly, with the messages.

        Args:
            outcome: What was read.
        """
        ours = outcome.readings[Backchat.name]
        messages, intents = (
            [(message, ours[message.text]) for message in part]
            for part in (self._labelled.messages, self._labelled.intents)
        )
        yield confusion_report(messages, self._knowledge)
        yield intent_report(intents)
        yield reply_report(self._labelled.replies, outcome.answers, self._knowledge)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints.

    Returns:
        The exit code: 0, or 1 where something could not be measured.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that temporary folders go
    try:
        knowledge = load_knowledge()
        foreign = load_foreign(options.data)
        benchmark = Benchmark(load_set(options.sets, options.set, knowledge), foreign, knowledge)
        outcome = benchmark.read(not options.skip_default, QUICK_EPOCHS if options.quick else None)
    except (KnowledgeError, LabelError, ModelError, ContenderError) as error:
        print(f"benchmarks.understanding: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if foreign is None:
        print(f"There is no {options.data}: figures on data of others are left out.")
    for table in benchmark.tables(outcome):
        print(f"\n{table}", flush=True)
    if options.examples:
        print(*benchmark.examples(outcome), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.understanding", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--set", default="development", choices=("development", "heldout", "blind"))
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_true", help="train Rasa's default for a tenth of the time")
    effort.add_argument("--skip-default", action="store_true", help="leave Rasa's default out")
    parser.add_argument(
        "--examples", action="store_true", help="show what was read wrongly, with the messages"
    )
    parser.add_argument("--sets", type=Path, default=SETS, metavar="FOLDER", help="where the sets are")
    parser.add_argument("--data", type=Path, default=FOREIGN, metavar="FOLDER", help="data that others wrote")
    return parser


def report(step: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
