"""what if runs by workers"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shared', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('token', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True))



def downgrade():
    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.drop_column('leased_until')
        batch_op.drop_column('token')
        batch_op.drop_column('shared')

