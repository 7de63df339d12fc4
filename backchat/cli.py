"""The `backchat` command."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import typer
import yaml

from backchat.channels.settings import (
    CREDENTIALS,
    ChannelConfigurationError,
    check,
    describe,
    read_slack,
    read_telegram,
    rest_refusal,
)
from backchat.knowledge import KnowledgeError, load_knowledge, load_phrases
from backchat.retention import PRIVACY_VARIABLE, RetentionError, read_age, retention_days
from backchat.server.model import ModelError, current_model, ensure_model
from backchat.server.reading import Reader, UnknownFindingError, check_findings, load_understanding

if TYPE_CHECKING:
    from backchat.server.store import BoundedSQLTrackerStore

UNUSABLE = 2
INTERRUPTED = 130

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
knowledge_app = typer.Typer(no_args_is_help=True)
app.add_typer(knowledge_app, name="knowledge", help="Writes what is made from the clinical content.")
telegram_app = typer.Typer(no_args_is_help=True)
app.add_typer(telegram_app, name="telegram", help="Tells Telegram about this server.")


def main() -> None:
    """Runs the command line."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Libraries warn of what only developers can change; while training, this goes to the log of the training.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").propagate = False
    sys.path.insert(0, str(Path.cwd()))
    with _errors_in_one_line():
        app()


@app.command()
def run(
    host: str = typer.Option("127.0.0.1", envvar="HOST", help="Address to listen at."),
    port: int = typer.Option(5005, envvar="PORT", min=0, max=65535, help="Port to listen at."),
) -> None:
    """Starts everything, after training the model if there is none for the current data."""
    listening = _listen(host, port)
    check(os.environ)
    load_phrases(load_knowledge().findings)
    model = current_model()
    if model is None:
        ensure_model(partial(_print_to, sys.stdout))
        # A training leaves half a gigabyte behind that no server needs, so the server begins anew.
        listening.close()
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 (this program itself)
    _print_to(sys.stdout, "Starting.")
    gc.disable()  # until all is loaded: what is loaded stays
    _prepare()

    from backchat.channels.http import is_loopback
    from backchat.server.runner import serve

    shown_host, shown_port = listening.getsockname()[:2]
    url = f"http://{f'[{shown_host}]' if ':' in shown_host else shown_host}:{shown_port}/chat/"
    if refusal := rest_refusal(os.environ, not is_loopback(shown_host)):
        _print_to(sys.stdout, f"REST {refusal}.")
    if not os.environ.get(PRIVACY_VARIABLE):
        os.environ[PRIVACY_VARIABLE] = f"{url}privacy"
        if not is_loopback(shown_host) or read_slack(os.environ) or read_telegram(os.environ):
            _print_to(sys.stdout, f"{PRIVACY_VARIABLE} is not set: people are sent to {url}privacy")
    serve(model, listening, lambda: _print_to(sys.stdout, f"Backchat is ready: {url}"))


@app.command()
def train(force: bool = typer.Option(False, "--force", help="Train even if nothing has changed.")) -> None:
    """Trains the model if there is none for the current data."""
    model = ensure_model(partial(_print_to, sys.stdout), force)
    _print_to(sys.stdout, f"The model for the current data is {model}.")


@app.command()
def chat(url: str = typer.Option("", help="A running server; without it the model is loaded here.")) -> None:
    """Talks in the terminal. A number picks an option; "quit" or Ctrl-D leaves."""
    model = None if url else ensure_model(partial(_print_to, sys.stderr))
    _prepare()

    from backchat.server.terminal import UnreachableError, converse, talk_to_model, talk_to_server

    say = talk_to_model(model, load_knowledge()) if model else talk_to_server(url)
    try:
        converse(say)
    except UnreachableError as error:
        _fail(str(error))


@app.command()
def understand(
    text: str = typer.Argument(
        "-", help='A message, or "-" for JSON lines {"text", "asked"} on standard input.'
    ),
    asked: str = typer.Option("", help="The findings that the message answers a question about: ID[,ID...]"),
) -> None:
    """Prints what is understood of a message, as one JSON object each."""
    knowledge, about = load_knowledge(), _ids(asked)
    try:
        check_findings(knowledge, about)
    except UnknownFindingError as error:
        _fail(str(error), UNUSABLE)
    model = ensure_model(partial(_print_to, sys.stderr))
    _prepare()

    from rasa.core.agent import Agent

    reader = Reader(Agent.load(model), load_understanding(knowledge), knowledge)
    if text != "-":
        print(json.dumps(asyncio.run(reader.read(text, about)), ensure_ascii=False))
        return
    for line in sys.stdin.buffer:
        if line.strip():
            print(json.dumps(asyncio.run(_read_line(reader, line, about)), ensure_ascii=False), flush=True)


@app.command()
def explain(
    file: str = typer.Argument(..., help='A JSON file with findings, or "-" for standard input.'),
) -> None:
    """Prints why stored findings get the result they get, and what would change it.

    The file ("-" for standard input) holds a JSON object of finding ids, each
    with its value, or a list of objects with an "id" and a "value". "low" and
    "high" beside a number's value tell its range. A stored assessment will do
    as well.

    A sign is "present", "absent", "unsure" or "longstanding". What can be
    several things at once is a list. For example:

    {"fever": "absent", "severity": 6, "radiation": ["buttock", "foot"],
    "duration_days": {"value": 21, "low": 14, "high": 35}}

    It ends with code 2 where something is no finding, is out of range or has
    the wrong kind.
    """
    from backchat.report.explanation import explanation_text
    from backchat.screening.explain import explain as explain_findings
    from backchat.screening.stored import read_findings

    knowledge = load_knowledge()
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        record = read_findings(json.loads(content, object_pairs_hook=_each_once), knowledge.findings)
    except (ValueError, RecursionError) as error:
        _fail(f"{file}: {error}", UNUSABLE)
    print(explanation_text(knowledge, record, explain_findings(knowledge, record)))


@app.command()
def export(conversation: str = typer.Argument(..., help="The conversation's id.")) -> None:
    """Prints all that is stored of a conversation, as JSON."""
    with _opened_store() as store:
        from backchat.server.export import export as export_conversation

        stored = export_conversation(store, conversation)
    if stored is None:
        _fail("Nothing is stored of this conversation.")
    print(json.dumps(stored, ensure_ascii=False, indent=2))


@app.command()
def erase(conversation: str = typer.Argument(..., help="The conversation's id.")) -> None:
    """Deletes all that is stored of a conversation."""
    with _opened_store() as store:
        rows = store.delete(conversation)
    if not rows:
        _fail("Nothing is stored of this conversation.")
    print(f"Deleted all that was stored of the conversation: {rows} entries.")


@app.command()
def purge(
    older_than: str = typer.Option(
        "", help='Such as "30d", "12h" or "4w"; BACKCHAT_RETENTION_DAYS if absent.'
    ),
) -> None:
    """Deletes the conversations whose last message is older; a running server does so every day."""
    age = read_age(older_than or f"{retention_days()}d")
    with _opened_store() as store:
        from backchat.server.erasure import purge as purge_conversations

        purged = purge_conversations(store, time.time() - age.total_seconds())
    print(f"Deleted {purged.conversations} conversations, and {purged.events} old events of others.")


@app.command()
def migrate() -> None:
    """Brings the database to the tables that this version needs; a server does so when it starts."""
    with _opened_store():
        print("The database is as this version needs it.")


@app.command()
def audit() -> None:
    """Prints the audit trail as JSON lines: what was decided, when and by which rules; not for whom."""
    with _opened_store() as store:
        from backchat.server.audit import Decision

        with store.transaction("read") as session:
            for decision in session.query(Decision).order_by(Decision.id):
                print(json.dumps(decision.as_dict()))


@app.command()
def channels(
    host: str = typer.Option("127.0.0.1", envvar="HOST", help="Address that the server listens at."),
) -> None:
    """Shows which channels are on, and what the others lack."""
    from backchat.channels.http import is_loopback

    listed = yaml.safe_load(Path(CREDENTIALS).read_text(encoding="utf-8")) or {}
    names = [channel.split(".")[-2:][0] for channel in listed]
    is_public = not is_loopback(_address(host, 0)[2][0])
    for channel, state in describe(os.environ, names, is_public).items():
        print(f"{channel:10} {state}")


@telegram_app.command()
def set_webhook(
    url: str = typer.Argument(..., help="Where the server is reached from outside, such as https://HOST"),
) -> None:
    """Tells Telegram where to send what people write, and with which secret."""
    from backchat.channels.platform import RefusedError, UnavailableError
    from backchat.channels.telegram_client import set_webhook as tell_telegram
    from backchat.channels.telegram_client import webhook_address

    settings = read_telegram(os.environ)
    if settings is None:
        _fail(f"telegram is {describe(os.environ, (), is_public=False)['telegram']}")
    try:
        address = webhook_address(url)
        asyncio.run(tell_telegram(settings, address))
    except ValueError as error:
        _fail(str(error))
    except (RefusedError, UnavailableError) as error:
        _fail(f"Telegram has not taken it: {error}")
    print(f"Telegram sends what people write to {address}")


@knowledge_app.command()
def page(to: str = typer.Option("docs/knowledge.md", help="The file to write.")) -> None:
    """Writes the clinical content as one page that a clinician can review."""
    from backchat.report.page import page_of

    text = page_of(load_knowledge())
    Path(to).parent.mkdir(parents=True, exist_ok=True)
    Path(to).write_text(text, encoding="utf-8")


@knowledge_app.command()
def schema(to: str = typer.Option("docs/schema", help="The folder to write to.")) -> None:
    """Writes a JSON Schema for every file of the clinical content."""
    from backchat.knowledge.schema import write_schemas

    write_schemas(Path(to), load_knowledge().findings)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Makes an object of its parts, and refuses one that says two things under one name."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)}: it stands there twice")
    return content


@contextmanager
def _opened_store() -> Iterator[BoundedSQLTrackerStore]:
    """Opens the store that `endpoints.yml` names, and lets go of it."""
    from rasa.core.utils import AvailableEndpoints

    from backchat.server.logs import configure_logging
    from backchat.server.store import ENDPOINTS, open_store

    configure_logging()
    store = open_store(AvailableEndpoints.read_endpoints(ENDPOINTS))
    try:
        yield store
    finally:
        store.engine.dispose()


def _prepare() -> None:
    """Sets up what must be there before Rasa is imported."""
    from backchat.server.logs import configure_logging
    from backchat.server.without_training import leave_training_out

    configure_logging()
    leave_training_out()


async def _read_line(reader: Reader, line: bytes, asked: list[str]) -> dict[str, Any]:
    """Reads one JSON line, or says what is wrong with it."""
    try:
        content = json.loads(line)
        if not isinstance(content, dict) or not isinstance(content.get("text"), str):
            return {"error": 'not a JSON object with a "text"'}
        return await reader.read(content["text"], _ids(content["asked"]) if content.get("asked") else asked)
    except (ValueError, RecursionError) as error:
        return {"error": str(error)}


def _ids(asked: Any) -> list[str]:
    """Takes finding ids written as a list or with commas."""
    ids = asked.split(",") if isinstance(asked, str) else asked
    if not isinstance(ids, list) or not all(isinstance(finding, str) for finding in ids):
        raise ValueError('"asked" is neither a text nor a list of texts')
    return [finding.strip() for finding in ids if finding.strip()]


def _listen(host: str, port: int) -> socket.socket:
    """Takes the address before anything slow is begun."""
    family, kind, address = _address(host, port)
    try:
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        _fail(f"Can't listen at {host}:{port}: {error.strerror}. HOST and PORT change where.")
    return listening


def _address(host: str, port: int) -> tuple[socket.AddressFamily, socket.SocketKind, Any]:
    """Finds out what a name of a host and a port stand for."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        _fail(f"Can't listen at {host}:{port}: {error.strerror}. HOST and PORT change where.")
    return found[0], found[1], found[4]


def _print_to(stream: IO[str], line: str) -> None:
    print(line, file=stream, flush=True)


def _fail(reason: str, code: int = 1) -> NoReturn:
    print(f"backchat: {reason}", file=sys.stderr)
    raise SystemExit(code)


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Ends the process with a line that says why, without a trace, where the reason is known."""
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(INTERRUPTED) from None
    except (ModelError, KnowledgeError, RetentionError, ChannelConfigurationError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except Exception as error:
        # Only the errors that Rasa raises on purpose say in one line what is wrong.
        from rasa.shared.exceptions import RasaException

        if not isinstance(error, RasaException):
            raise
        _fail(next(iter(str(error).strip().splitlines()), type(error).__name__))
