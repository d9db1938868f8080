"""what-if runs of rounds"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('round_what_ifs',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('scenarios', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('cleared', sa.Integer(), nullable=False),
    sa.Column('failure', sa.String(), nullable=True),
    sa.Column('document', sa.LargeBinary(), nullable=True),
    sa.Column('hash', sa.String(), nullable=True),
    sa.Column('told', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_what_ifs_round_id_rounds')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round_what_ifs'))
    )
    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_round_what_ifs_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_round_what_ifs_created_at'), ['created_at'], unique=False)


def downgrade():
    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_round_what_ifs_created_at'))
        batch_op.drop_index(batch_op.f('ix_round_what_ifs_round_id'))

    op.drop_table('round_what_ifs')
