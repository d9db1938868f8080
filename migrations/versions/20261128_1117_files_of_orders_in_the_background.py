"""files of orders in the background"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('order_uploads',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('format', sa.String(), nullable=False),
    sa.Column('charset', sa.String(), nullable=True),
    sa.Column('mode', sa.String(), nullable=False),
    sa.Column('opens', sa.Boolean(), nullable=False),
    sa.Column('file', sa.LargeBinary(), nullable=True),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('judged', sa.Integer(), nullable=False),
    sa.Column('stored', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('faults', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('failure', sa.String(), nullable=True),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_order_uploads_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_uploads'))
    )
    with op.batch_alter_table('order_uploads', schema=None) as batch_op:
        batch_op.create_index('ix_order_uploads_organisation_id_id', ['organisation_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_order_uploads_status'), ['status'], unique=False)

    op.create_table('order_upload_rows',
    sa.Column('upload_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('reports', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['upload_id'], ['order_uploads.id'], name=op.f('fk_order_upload_rows_upload_id_order_uploads')),
    sa.PrimaryKeyConstraint('upload_id', 'number', name=op.f('pk_order_upload_rows'))
    )


def downgrade():
    op.drop_table('order_upload_rows')
    with op.batch_alter_table('order_uploads', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_order_uploads_status'))
        batch_op.drop_index('ix_order_uploads_organisation_id_id')

    op.drop_table('order_uploads')
