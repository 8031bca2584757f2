"""What [network] tells of groups is not kept: the workstation groups what each person sees by itself"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop it, with its place in the topic."""
    op.drop_table("told_group")
    op.execute("DELETE FROM intake WHERE topic = 'screener.networks'")
