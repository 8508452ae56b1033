"""Where moved feeds are asked for, what their bodies ask for, and how often they publish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    for name in ("address", "twin"):
        op.add_column("source", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("source", sa.Column("gone", sa.Integer(), nullable=False, server_default="0"))
    for name in ("asked", "rhythm"):
        op.add_column("source", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("source", sa.Column("rhythm_until", sa.DateTime(), nullable=True))
    op.add_column("coverage", sa.Column("caught", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "move",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "address", name=op.f("pk_move")),
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("move")
    op.drop_column("coverage", "caught")
    for name in ("rhythm_until", "rhythm", "asked", "gone", "twin", "address"):
        op.drop_column("source", name)
