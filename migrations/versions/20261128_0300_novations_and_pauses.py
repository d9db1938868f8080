"""novations, rejections within one's own limits, what is bought beyond the need"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    for table in ('proposals', 'contract_versions'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('beyond_need', DOCUMENT, nullable=True))

    op.create_table('order_pauses',
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_order_pauses_grade_id_grades')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_order_pauses_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('organisation_id', 'grade_id', name=op.f('pk_order_pauses'))
    )
    op.create_table('limit_kept_rejections',
    sa.Column('proposal_id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_limit_kept_rejections_grade_id_grades')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_limit_kept_rejections_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_limit_kept_rejections_proposal_id_proposals')),
    sa.PrimaryKeyConstraint('proposal_id', name=op.f('pk_limit_kept_rejections'))
    )
    with op.batch_alter_table('limit_kept_rejections', schema=None) as batch_op:
        batch_op.create_index('ix_limit_kept_rejections_organisation_id_grade_id', ['organisation_id', 'grade_id'], unique=False)

    op.create_table('contract_novations',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('leaving_id', sa.String(), nullable=False),
    sa.Column('incoming_id', sa.String(), nullable=False),
    sa.Column('from_month', sa.String(length=7), nullable=False),
    sa.Column('ground', sa.String(), nullable=False),
    sa.Column('court_reference', sa.String(), nullable=True),
    sa.Column('days_end', sa.DateTime(timezone=True), nullable=True),
    sa.Column('site_id', sa.String(), nullable=True),
    sa.Column('capacity_stated', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['contract_id', 'number'], ['contract_versions.contract_id', 'contract_versions.number'], name=op.f('fk_contract_novations_contract_id_number_contract_versions')),
    sa.ForeignKeyConstraint(['incoming_id'], ['organisations.id'], name=op.f('fk_contract_novations_incoming_id_organisations')),
    sa.ForeignKeyConstraint(['leaving_id'], ['organisations.id'], name=op.f('fk_contract_novations_leaving_id_organisations')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_contract_novations_site_id_sites')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_novations'))
    )
    with op.batch_alter_table('contract_novations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contract_novations_incoming_id'), ['incoming_id'], unique=False)

    op.create_table('former_parties',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('until', sa.String(length=7), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_former_parties_contract_id_contracts')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_former_parties_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_former_parties'))
    )
    with op.batch_alter_table('former_parties', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_parties_organisation_id'), ['organisation_id'], unique=False)


def downgrade():
    with op.batch_alter_table('former_parties', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_former_parties_organisation_id'))

    op.drop_table('former_parties')
    with op.batch_alter_table('contract_novations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contract_novations_incoming_id'))

    op.drop_table('contract_novations')
    with op.batch_alter_table('limit_kept_rejections', schema=None) as batch_op:
        batch_op.drop_index('ix_limit_kept_rejections_organisation_id_grade_id')

    op.drop_table('limit_kept_rejections')
    op.drop_table('order_pauses')
    for table in ('contract_versions', 'proposals'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('beyond_need')
