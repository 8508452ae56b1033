"""Samples without a row number, their instants as numbers: an SQLite file has a third of the pages for them.

PostgreSQL keeps an instant in eight bytes, and has no such tables.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TO_NUMBER = "strftime('%s', substr(first_seen_at, 1, 19)) * 1000000 + CAST(substr(first_seen_at, 21) AS INTEGER)"
TO_TEXT = (
    "strftime('%Y-%m-%d %H:%M:%S', first_seen_at / 1000000, 'unixepoch') || printf('.%06d', first_seen_at % 1000000)"
)


def upgrade() -> None:
    """To this version."""
    if op.get_bind().dialect.name == "sqlite":
        replace(sa.BigInteger(), TO_NUMBER, rowid=False)


def downgrade() -> None:
    """Back to the version before."""
    if op.get_bind().dialect.name == "sqlite":
        replace(sa.DateTime(), TO_TEXT, rowid=True)


def replace(kind: sa.types.TypeEngine[Any], value: str, *, rowid: bool) -> None:
    """Another table in place of the one there is, with its rows in the order of their key."""
    op.rename_table("sketch", "sketch_before")
    op.create_table(
        "sketch",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", kind, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_sketch_article_article")),
        sa.PrimaryKeyConstraint("hash", "article", name=op.f("pk_sketch")),
        sqlite_with_rowid=rowid,
    )
    op.execute(
        f"INSERT INTO sketch (hash, article, first_seen_at) SELECT hash, article, {value} FROM sketch_before"
        " ORDER BY hash, article"
    )
    op.drop_table("sketch_before")
