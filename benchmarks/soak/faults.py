"""What is made to fail, one after the other, and how it is put right again."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import Awaitable, Callable, Mapping

import sqlalchemy as sa

from benchmarks.soak.fleet import Fleet, FleetError, Program
from benchmarks.soak.people import Crowd, Talk, custom
from benchmarks.turns.screenings import CONTINUED, PEOPLE

GONE_SECONDS = 5.0
HELD_UP_SECONDS = 20.0
"""Longer than the lock of a conversation lasts, so that another process takes the next turn meanwhile."""
SLOW_SECONDS = 20.0
MOST_STARTS = 3
SECONDS_A_STATEMENT = 2.0
DIGRESSION = "why do you ask that?"
DAMAGED = '{"event": "slot", "name": "findings", "value": '


class Stage:
    """What faults work on.

    Attributes:
        fleet: The service.
        crowd: Those who are screened in it.
        back_after: By the name of a fault, how many seconds after it a process served again.
    """

    def __init__(self, fleet: Fleet, crowd: Crowd, begun_anew: str) -> None:
        """Takes what they work on.

        Args:
            fleet: The service.
            crowd: Those who are screened in it.
            begun_anew: What is told whose conversation can't be read any more.
        """
        self.fleet = fleet
        self.crowd = crowd
        self.begun_anew = begun_anew
        self.back_after: dict[str, float] = {}
        self._starting: set[asyncio.Task[None]] = set()

    def start_again(self, process: Program, fault: str) -> None:
        """Starts a process while others serve; as an orchestrator does, again where its database was gone."""
        began = self.crowd.now

        async def start() -> None:
            for left in reversed(range(MOST_STARTS)):
                try:
                    await process.start()
                    break
                except FleetError:
                    await process.kill()
                    if not left:
                        raise
            self.back_after[fault] = self.crowd.now - began

        self._starting.add(asyncio.create_task(start()))

    async def all_serve(self) -> None:
        """Waits until all processes are there.

        Raises:
            FleetError: One does not start.
        """
        await asyncio.gather(*self._starting)
        self._starting.clear()


async def kill_a_process(stage: Stage) -> None:
    await stage.fleet.processes[0].kill()
    stage.start_again(stage.fleet.processes[0], "a process is killed (-9)")


async def replace_a_process(stage: Stage) -> None:
    await stage.fleet.processes[-1].stop()
    stage.start_again(stage.fleet.processes[-1], "a process is replaced")


async def hold_up_a_process(stage: Stage) -> None:
    stage.fleet.processes[0].send(signal.SIGSTOP)
    await asyncio.sleep(HELD_UP_SECONDS)
    stage.fleet.processes[0].send(signal.SIGCONT)


async def lose_the_database(stage: Stage) -> None:
    stage.fleet.postgres.close()
    await asyncio.sleep(GONE_SECONDS)
    stage.fleet.postgres.open()


async def slow_the_database(stage: Stage) -> None:
    stage.fleet.postgres.delay = SECONDS_A_STATEMENT
    await asyncio.sleep(SLOW_SECONDS)
    stage.fleet.postgres.delay = 0.0


async def lose_redis(stage: Stage) -> None:
    stage.fleet.redis.close()
    await asyncio.sleep(GONE_SECONDS)
    stage.fleet.redis.open()


async def lose_nginx(stage: Stage) -> None:
    await stage.fleet.nginx.kill()
    await stage.fleet.nginx.start()


async def write_twice_at_once(stage: Stage) -> None:
    """Everybody sends two messages at once to two processes, and one of them to both."""
    await asyncio.gather(*(_write_twice(stage, number) for number in range(len(PEOPLE))))


async def _write_twice(stage: Stage, number: int) -> None:
    crowd, person = stage.crowd, PEOPLE[number]
    one, other = stage.fleet.ports[0], stage.fleet.ports[-1]
    talk = await crowd.meet(person)
    question = custom(await crowd.say(talk, person.opening), "question")
    if question is not None:
        reply, reply_id = person.reply(question), uuid.uuid4().hex
        await asyncio.gather(
            crowd.send(talk, reply, reply_id, one),
            crowd.send(talk, reply, reply_id, other),
            crowd.send(talk, DIGRESSION, port=other),
        )
    crowd.talks.append(await crowd.go_on(talk, await crowd.history(talk)))


async def damage_a_conversation(stage: Stage) -> None:
    """Who is told that it can't be read says everything again."""
    crowd, person = stage.crowd, PEOPLE[0]
    talk = await crowd.meet(person)
    await crowd.say(talk, person.opening)
    await asyncio.to_thread(_damage, stage.fleet.database, talk)
    told = await crowd.send(talk, CONTINUED.opening)
    if any(message.get("text") == stage.begun_anew for message in told):
        # A message that was not read is in no record.
        talk.confirmed.popitem()
        await crowd.go_on(talk, await crowd.say(talk, person.opening))
    crowd.talks.append(talk)


def _damage(database: str, talk: Talk) -> None:
    engine = sa.create_engine(database)
    last = "SELECT max(id) FROM events WHERE sender_id = %s AND type_name = 'slot'"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE events SET data = %s WHERE id = ({last})", (DAMAGED, talk.sender))
    engine.dispose()


FAULTS: Mapping[str, Callable[[Stage], Awaitable[None]]] = {
    "a process is killed (-9)": kill_a_process,
    "the database is gone": lose_the_database,
    "Redis is gone": lose_redis,
    "the database is slow": slow_the_database,
    "a conversation is damaged": damage_a_conversation,
    "two messages at once": write_twice_at_once,
    "a process is held up": hold_up_a_process,
    "a process is replaced": replace_a_process,
    "nginx is killed": lose_nginx,
}
ONE_MAY_BE_GONE = {
    "the database is gone",
    "Redis is gone",
    "the database is slow",
    "a conversation is damaged",
    "nginx is killed",
}
"""What may happen while a process starts again: nobody has to wait for that one."""
