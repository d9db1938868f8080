"""withdrawals of consent"""

import sqlalchemy as sa
from alembic import op
revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('publication_consents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('withdrawals', sa.Integer(), server_default='0', nullable=False))



def downgrade():
    with op.batch_alter_table('publication_consents', schema=None) as batch_op:
        batch_op.drop_column('withdrawals')
