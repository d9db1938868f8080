"""leases of a round's pieces that were lost"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('round_lost_leases',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('attempt', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('token', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_lost_leases_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', 'attempt', 'number', 'token', name=op.f('pk_round_lost_leases'))
    )


def downgrade():
    op.drop_table('round_lost_leases')
