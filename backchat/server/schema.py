"""Brings a database to the tables that this version needs, by the migrations in `migrations/versions`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from rasa.shared.exceptions import RasaException
from sqlalchemy.engine import Connection, Engine

CONNECTION = "connection"
"""Under this name the migrations find the connection to run on."""

_ONE_AT_A_TIME = 0x6261636B63686174
"""The number of PostgreSQL's advisory lock: the letters of "backchat"."""


class SchemaError(RasaException):
    """The database is of another version, or somebody changed its tables."""


def migrate(engine: Engine) -> str:
    """Makes the tables that are missing, and changes those of earlier versions.

    Of several processes that start at once, one does it and the others wait. A database that is as it has to
    be is only read.

    Args:
        engine: The database.

    Returns:
        The revision that it has now.

    Raises:
        SchemaError: It is of a later version than this one.
        SQLAlchemyError: The database failed, or doesn't allow it.
    """
    config = Config()
    config.set_main_option("script_location", "backchat.server:migrations")
    newest = str(ScriptDirectory.from_config(config).get_current_head())
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return newest
        _wait_for_others(connection)
        config.attributes[CONNECTION] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise SchemaError(
                "The database was changed by a later version of Backchat, which this one doesn't know."
            ) from None
    return newest


def _wait_for_others(connection: Connection) -> None:
    """Holds off other processes that migrate, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
