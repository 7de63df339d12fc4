"""Three minutes of faults on two real processes: nothing is lost, doubled, mixed or wrong, and all heals."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.soak.__main__ import soak
from benchmarks.soak.faults import FAULTS
from benchmarks.soak.fleet import MissingError
from benchmarks.soak.people import Losses
from tests.conftest import lacks


@pytest.mark.timeout(1200)
def test_whatever_fails_nothing_is_lost_and_it_heals_by_itself(model_path: Path, tmp_path: Path) -> None:
    try:
        outcome = asyncio.run(soak(tmp_path, minutes=3))
    except MissingError as missing:
        lacks(str(missing))
    assert outcome.losses == Losses(lost=0, doubled=0, mixed=0, wrong=0)
    assert outcome.missing == []
    assert {fault.name for fault in outcome.happened} == set(FAULTS)
