"""What polls covered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBERS = ("polls", "failed", "unchanged", "entries", "fresh", "overruns", "longest_gap")


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("entries", sa.Integer(), nullable=True))
    op.create_table(
        "coverage",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in NUMBERS),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_coverage")),
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("coverage")
    op.drop_column("source", "entries")
