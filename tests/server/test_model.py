"""Only the model that was trained here, for the data that is here, is ever loaded."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from backchat.server import model
from backchat.server.model import MODEL, RECORD, ModelError, check_model, ensure_model, fingerprint


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose training only writes down that it took place."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text("recipe: default.v1\n")
    (tmp_path / "data" / "nlu.yml").write_text("nlu: []\n")
    (tmp_path / "trainings").write_text("")

    def run_rasa(folder: Path, *_: object) -> Path:
        with (tmp_path / "trainings").open("a") as trainings:
            trainings.write("trained\n")
        trained = folder / "20260101-000000-name.tar.gz"
        trained.write_bytes(b"a model")
        return trained

    monkeypatch.setattr(model, "_run_rasa", run_rasa)
    return tmp_path


def trainings(project: Path) -> int:
    return len((project / "trainings").read_text().splitlines())


def test_is_trained_once_for_the_same_data(project: Path) -> None:
    assert ensure_model(print) == ensure_model(print) == MODEL
    assert trainings(project) == 1
    assert [path.name for path in MODEL.parent.iterdir()] in (
        [MODEL.name, RECORD.name],
        [RECORD.name, MODEL.name],
    )


@pytest.mark.parametrize(
    "change", ["config.yml", "data/nlu.yml", "data/rules.yml", "domain.yml", "domain/form.yml"]
)
def test_is_trained_again_when_the_data_change(project: Path, change: str) -> None:
    ensure_model(print)
    (project / change).parent.mkdir(exist_ok=True)
    (project / change).write_text("version: '3.1'\n")
    ensure_model(print)
    assert trainings(project) == 2


def test_is_trained_again_on_demand(project: Path) -> None:
    ensure_model(print)
    ensure_model(print, force=True)
    assert trainings(project) == 2


def test_other_files_do_not_change_the_fingerprint(project: Path) -> None:
    before = fingerprint()
    (project / "data" / ".nlu.yml.swp").write_text("")
    (project / "notes.txt").write_text("")
    assert fingerprint() == before


def test_a_missing_model_is_refused_and_no_other_taken(project: Path) -> None:
    ensure_model(print)
    MODEL.rename(MODEL.with_name("20260102-000000-other.tar.gz"))
    with pytest.raises(ModelError, match="no model"):
        check_model()


@pytest.mark.parametrize("content", [b"", b"a mod", b"another model"])
def test_a_truncated_or_foreign_model_is_refused(project: Path, content: bytes) -> None:
    ensure_model(print)
    MODEL.write_bytes(content)
    for use in (check_model, lambda: ensure_model(print)):
        with pytest.raises(ModelError, match="was not trained here"):
            use()
    ensure_model(print, force=True)
    assert check_model() == MODEL


@pytest.mark.parametrize("record", [None, "", "[]", "{}", "not json"])
def test_a_model_without_its_record_is_refused(project: Path, record: str | None) -> None:
    ensure_model(print)
    RECORD.unlink()
    if record is not None:
        RECORD.write_text(record)
    with pytest.raises(ModelError, match="was not trained here"):
        ensure_model(print)


def test_a_training_that_breaks_off_leaves_no_model_that_is_taken_for_the_new_one(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_model(print)
    (project / "config.yml").write_text("recipe: other\n")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        ensure_model(print)
    monkeypatch.undo()
    monkeypatch.chdir(project)
    with pytest.raises(ModelError, match="no model"):
        check_model()


def test_a_full_disk_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model, "_run_rasa", fill)
    with pytest.raises(ModelError, match="the disk is full"):
        ensure_model(print)


def test_a_failing_training_says_why_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text("recipe: default.v1\npipeline: []\npolicies: []\n")
    (tmp_path / "domain.yml").write_text('version: "3.1"\nintents: {\n')
    with pytest.raises(ModelError) as failure:
        ensure_model(lambda _: None)
    assert str(failure.value).startswith("The training failed")
    assert "\n" not in str(failure.value)
    assert not MODEL.exists()


def test_the_record_names_the_data_and_the_file(project: Path) -> None:
    ensure_model(print)
    record = json.loads(RECORD.read_text())
    assert record["data"] == fingerprint()
    assert len(record["sha256"]) == 64
