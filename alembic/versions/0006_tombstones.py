"""When an article's text was let go of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("article", sa.Column("pruned_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Back to the version before."""
    op.drop_column("article", "pruned_at")
