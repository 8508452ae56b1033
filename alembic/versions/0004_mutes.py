"""What people do not want to hear of, and an index for what was said lately."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "mute",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
    )
    op.create_index(op.f("ix_mute_until"), "mute", ["until"])
    op.create_index("ix_delivery_watch_created_at", "delivery", ["watch", "created_at"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index("ix_delivery_watch_created_at", "delivery")
    op.drop_table("mute")
