"""The entries a feed showed last, by the hashes of their bytes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("slices", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    op.drop_column("source", "slices")
