"""deliveries and statements"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('call_offs',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('volume', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('version_number', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_call_offs_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_call_offs'))
    )
    with op.batch_alter_table('call_offs', schema=None) as batch_op:
        batch_op.create_index('ix_call_offs_contract_id_month', ['contract_id', 'month'], unique=False)

    op.create_table('contract_payments',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=True),
    sa.Column('amount', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_payments_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_payments'))
    )
    op.create_table('contract_statements',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('payable', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('document', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('author_id', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by_id', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['organisations.id'], name=op.f('fk_contract_statements_author_id_organisations')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_statements_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_statements'))
    )
    with op.batch_alter_table('contract_statements', schema=None) as batch_op:
        batch_op.create_index('ix_contract_statements_contract_id_month', ['contract_id', 'month'], unique=False)

    op.create_table('lot_certificates',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('lot', sa.String(), nullable=False),
    sa.Column('assays', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('outside', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('laboratory', sa.String(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('document_hash', sa.String(), nullable=True),
    sa.Column('author_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['organisations.id'], name=op.f('fk_lot_certificates_author_id_organisations')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_lot_certificates_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_lot_certificates'))
    )
    with op.batch_alter_table('lot_certificates', schema=None) as batch_op:
        batch_op.create_index('ix_lot_certificates_contract_id_lot', ['contract_id', 'lot'], unique=False)

    op.create_table('shipments',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('lot', sa.String(), nullable=False),
    sa.Column('volume', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('shipped_on', sa.Date(), nullable=False),
    sa.Column('carrier', sa.String(), nullable=False),
    sa.Column('waybill', sa.String(), nullable=False),
    sa.Column('replaces', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('announced_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('weighed', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('counted', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('rejected', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('rejection', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id', 'replaces'], ['shipments.contract_id', 'shipments.number'], name=op.f('fk_shipments_contract_id_replaces_shipments')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_shipments_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_shipments'))
    )
    with op.batch_alter_table('shipments', schema=None) as batch_op:
        batch_op.create_index('ix_shipments_contract_id_month', ['contract_id', 'month'], unique=False)

    op.create_table('shipment_entries',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('shipment_number', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('rejected', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id', 'shipment_number'], ['shipments.contract_id', 'shipments.number'], name=op.f('fk_shipment_entries_contract_id_shipment_number_shipments')),
    sa.PrimaryKeyConstraint('contract_id', 'shipment_number', 'number', name=op.f('pk_shipment_entries'))
    )


def downgrade():
    op.drop_table('shipment_entries')
    with op.batch_alter_table('shipments', schema=None) as batch_op:
        batch_op.drop_index('ix_shipments_contract_id_month')

    op.drop_table('shipments')
    with op.batch_alter_table('lot_certificates', schema=None) as batch_op:
        batch_op.drop_index('ix_lot_certificates_contract_id_lot')

    op.drop_table('lot_certificates')
    with op.batch_alter_table('contract_statements', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_statements_contract_id_month')

    op.drop_table('contract_statements')
    op.drop_table('contract_payments')
    with op.batch_alter_table('call_offs', schema=None) as batch_op:
        batch_op.drop_index('ix_call_offs_contract_id_month')

    op.drop_table('call_offs')
