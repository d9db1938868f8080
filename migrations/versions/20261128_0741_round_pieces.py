"""Pieces of rounds that several workers run together."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('round_pieces',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('attempt', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('work', sa.String(), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('holder', sa.String(), nullable=True),
    sa.Column('result', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_pieces_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', 'attempt', 'number', name=op.f('pk_round_pieces'))
    )
    with op.batch_alter_table('round_progress', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shared', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('program', sa.String(), nullable=True))



def downgrade():
    with op.batch_alter_table('round_progress', schema=None) as batch_op:
        batch_op.drop_column('program')
        batch_op.drop_column('shared')

    op.drop_table('round_pieces')
