"""Feeds at the hubs that push them, and what was announced while a poll was under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("pinged_at", sa.DateTime(), nullable=True))
    op.create_table(
        "subscription",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("source", "hub", "topic", "kind", "state", "callback", "token", "secret")
        ),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rank", "failures", "pushes", "discarded")),
        sa.Column("offered", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(), nullable=True)
            for name in ("asked_at", "expires_at", "next_at", "proven_at", "last_push_at")
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "hub", name="pk_subscription"),
        sa.UniqueConstraint("token", name="uq_subscription_token"),
    )
    op.create_index("ix_subscription_next_at", "subscription", ["next_at"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("subscription")
    op.drop_column("source", "pinged_at")
