"""No index of sketches by time: nobody asks for it, and a feed brings five hundred rows."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.drop_index("ix_sketch_first_seen_at", "sketch")


def downgrade() -> None:
    """Back to the version before."""
    op.create_index("ix_sketch_first_seen_at", "sketch", ["first_seen_at"])
