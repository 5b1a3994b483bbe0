"""Tables of our own in the gradebook, beside those of nbgrader."""

from typing import Any

from sqlalchemy import MetaData, Table

TABLES = MetaData()


def make_tables(gradebook: Any) -> None:
    """Make those that the gradebook does not have, on another connection; so nothing may be half written there."""
    TABLES.create_all(gradebook.engine)


def in_gradebook(gradebook: Any, table: Table) -> Table:
    """Make a table, unless the gradebook has it, which is looked up once for as long as the gradebook is open."""
    known = gradebook.db.info.setdefault(__name__, set())
    if table not in known:
        table.create(gradebook.engine, checkfirst=True)
        known.add(table)
    return table
