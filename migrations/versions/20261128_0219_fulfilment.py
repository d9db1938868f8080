"""fulfilment"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('fulfilment_judgements',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('span', sa.String(), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('per', sa.String(), nullable=False),
    sa.Column('due', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('done', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('due_cny', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('done_cny', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('least', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('met', sa.Boolean(), nullable=False),
    sa.Column('basis', sa.String(), nullable=False),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_fulfilment_judgements_contract_id_contracts')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_fulfilment_judgements_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fulfilment_judgements')),
    sa.UniqueConstraint('contract_id', 'span', 'party', 'organisation_id', name=op.f('uq_fulfilment_judgements_contract_id_span_party_organisation_id'))
    )
    with op.batch_alter_table('fulfilment_judgements', schema=None) as batch_op:
        batch_op.create_index('ix_fulfilment_judgements_organisation_id_judged_at', ['organisation_id', 'judged_at'], unique=False)

    op.create_table('fulfilment_reminders',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_fulfilment_reminders_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'month', 'party', name=op.f('pk_fulfilment_reminders'))
    )
    op.create_table('fulfilment_reports',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('called', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('delivered', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_fulfilment_reports_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'month', 'party', 'number', name=op.f('pk_fulfilment_reports'))
    )
    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('earned_tags', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))



def downgrade():
    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_column('earned_tags')

    op.drop_table('fulfilment_reports')
    op.drop_table('fulfilment_reminders')
    with op.batch_alter_table('fulfilment_judgements', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilment_judgements_organisation_id_judged_at')

    op.drop_table('fulfilment_judgements')
