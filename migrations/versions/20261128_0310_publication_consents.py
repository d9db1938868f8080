"""consents to publish contracts"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('publication_consents',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('contract', sa.Boolean(), nullable=False),
    sa.Column('volume', sa.Boolean(), nullable=False),
    sa.Column('value', sa.Boolean(), nullable=False),
    sa.Column('fulfilment', sa.Boolean(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_publication_consents_contract_id_contracts')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_publication_consents_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('contract_id', 'organisation_id', name=op.f('pk_publication_consents'))
    )


def downgrade():
    op.drop_table('publication_consents')
