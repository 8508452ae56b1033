"""The former name of a feed that rules.toml calls otherwise now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("former", sa.Text(), nullable=True))
    op.add_column("source", sa.Column("renamed_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    op.drop_column("source", "renamed_at")
    op.drop_column("source", "former")
