"""Where a feed's server says it is from now on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("moved", sa.Text(), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    op.drop_column("source", "moved")
