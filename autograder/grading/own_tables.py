"""Tables of our own in the gradebook, beside those of nbgrader."""

from typing import Any

from sqlalchemy import Table


def in_gradebook(gradebook: Any, table: Table) -> Table:
    """Make a table, unless the gradebook has it, which is looked up once for as long as the gradebook is open."""
    known = gradebook.db.info.setdefault(__name__, set())
    if table not in known:
        table.create(gradebook.db.connection(), checkfirst=True)  # which may be writing already
        known.add(table)
    return table
