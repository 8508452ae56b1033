"""What hosts repeat under their articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "block",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("host", "form", name=op.f("pk_block")),
    )
    op.create_index(op.f("ix_block_last_day"), "block", ["last_day"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("block")
