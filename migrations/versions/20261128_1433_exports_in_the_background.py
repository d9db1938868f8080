"""exports in the background"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('exports',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('contract_id', sa.String(), nullable=True),
    sa.Column('from_month', sa.String(length=7), nullable=True),
    sa.Column('to_month', sa.String(length=7), nullable=True),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=True),
    sa.Column('size_bytes', sa.Integer(), nullable=True),
    sa.Column('sha256', sa.String(), nullable=True),
    sa.Column('basis', sa.String(), nullable=True),
    sa.Column('faults', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('failure', sa.String(), nullable=True),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('request_id', sa.String(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_exports_contract_id_contracts')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_exports_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    with op.batch_alter_table('exports', schema=None) as batch_op:
        batch_op.create_index('ix_exports_organisation_id_member_id_id', ['organisation_id', 'member_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exports_status'), ['status'], unique=False)

    op.create_table('export_pieces',
    sa.Column('export_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['export_id'], ['exports.id'], name=op.f('fk_export_pieces_export_id_exports')),
    sa.PrimaryKeyConstraint('export_id', 'number', name=op.f('pk_export_pieces'))
    )

    with op.batch_alter_table('order_uploads', schema=None) as batch_op:
        batch_op.add_column(sa.Column('request_id', sa.String(), nullable=True))

    with op.batch_alter_table('round_progress', schema=None) as batch_op:
        batch_op.add_column(sa.Column('request_id', sa.String(), nullable=True))

    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('request_id', sa.String(), nullable=True))



def downgrade():
    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.drop_column('request_id')

    with op.batch_alter_table('round_progress', schema=None) as batch_op:
        batch_op.drop_column('request_id')

    with op.batch_alter_table('order_uploads', schema=None) as batch_op:
        batch_op.drop_column('request_id')

    op.drop_table('export_pieces')
    with op.batch_alter_table('exports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exports_status'))
        batch_op.drop_index('ix_exports_organisation_id_member_id_id')

    op.drop_table('exports')
