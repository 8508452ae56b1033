"""Articles whose page is to be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("article", sa.Column("page", sa.Text(), nullable=True))
    op.add_column("article", sa.Column("page_at", sa.DateTime(), nullable=True))
    op.add_column("article", sa.Column("page_tries", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_article_page_page_at", "article", ["page", "page_at"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index("ix_article_page_page_at", "article")
    for name in ("page_tries", "page_at", "page"):
        op.drop_column("article", name)
