"""series, divergence and rebasing of indices; re-opened contracts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

DECIMAL = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade():
    with op.batch_alter_table('index_quotes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('basis', sa.String(), nullable=False, server_default='mean'))
        batch_op.drop_constraint('uq_index_quotes_index_id_day_vintage', type_='unique')
        batch_op.create_unique_constraint(
            'uq_index_quotes_index_id_basis_day_vintage', ['index_id', 'basis', 'day', 'vintage']
        )
    with op.batch_alter_table('index_quotes', schema=None) as batch_op:
        batch_op.alter_column('basis', existing_type=sa.String(), existing_nullable=False, server_default=None)
    with op.batch_alter_table('price_indices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('divergence_limit', DECIMAL, nullable=True))
        batch_op.add_column(sa.Column('divergence_days', sa.Integer(), nullable=True))
    op.create_table('index_rebasings',
    sa.Column('index_id', sa.String(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('vintage', sa.Integer(), nullable=False),
    sa.Column('factor', DECIMAL, nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['index_id'], ['price_indices.id'], name=op.f('fk_index_rebasings_index_id_price_indices')),
    sa.PrimaryKeyConstraint('index_id', 'from_day', 'vintage', name=op.f('pk_index_rebasings'))
    )
    op.create_table('contract_reopenings',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('months', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('reference', DECIMAL, nullable=False),
    sa.Column('level', DECIMAL, nullable=False),
    sa.Column('result_if_none', sa.String(), nullable=False),
    sa.Column('negotiate_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('triggered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(
        ['contract_id', 'version'],
        ['contract_versions.contract_id', 'contract_versions.number'],
        name=op.f('fk_contract_reopenings_contract_id_contract_versions'),
    ),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_reopenings'))
    )


def downgrade():
    op.drop_table('contract_reopenings')
    op.drop_table('index_rebasings')
    with op.batch_alter_table('price_indices', schema=None) as batch_op:
        batch_op.drop_column('divergence_days')
        batch_op.drop_column('divergence_limit')
    op.execute("DELETE FROM index_quotes WHERE basis <> 'mean'")  # there was one series of an index
    with op.batch_alter_table('index_quotes', schema=None) as batch_op:
        batch_op.drop_constraint('uq_index_quotes_index_id_basis_day_vintage', type_='unique')
        batch_op.create_unique_constraint('uq_index_quotes_index_id_day_vintage', ['index_id', 'day', 'vintage'])
        batch_op.drop_column('basis')
