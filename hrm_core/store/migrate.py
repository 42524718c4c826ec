"""Bring a store to the schema of this program, or say why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hrm_core.errors import ProjectError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Engine

__all__ = ["CURRENT", "KNOWN", "is_current", "schema_version", "upgrade"]

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every schema version this program can open, oldest first."""

CURRENT = KNOWN[-1]
"""The schema version of this program."""


def schema_version(connection: sa.Connection) -> str | None:
    """Schema version of an open store; None if it holds no store."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def is_current(connection: sa.Connection, name: str) -> bool:
    """Whether the store needs no upgrade.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        On the store.
    name : str
        What to call the store in messages.

    Raises
    ------
    ProjectError
        If it holds no label store, or was made by a newer version.
    """
    version = schema_version(connection)
    if version is None:
        raise ProjectError(f"{name} holds no label store: check the path, or make one with hrm init.")
    if version not in KNOWN:
        raise ProjectError(
            f"{name} was made by a newer version of HRM Annotator (labels {version}, this program knows "
            f"up to {CURRENT}): update the program; nothing was changed."
        )
    return version == CURRENT


def upgrade(engine: Engine) -> None:
    """Run the missing steps, all or none."""
    # Alembic takes 0.2 s to import and is needed only for new and old stores.
    from alembic import command

    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.upgrade(_config(connection), "head")


def _config(connection: sa.Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
