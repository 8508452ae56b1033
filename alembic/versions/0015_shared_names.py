"""Names that two entries of a feed had, and longer records of its entries.

The records of before say nothing of identities, so every feed is parsed as a whole once; its articles are known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("shared_names", sa.JSON(), nullable=True))
    op.execute("UPDATE source SET slices = NULL")


def downgrade() -> None:
    """Back to the version before."""
    op.execute("UPDATE source SET slices = NULL")
    op.drop_column("source", "shared_names")
