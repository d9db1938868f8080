"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('audit_entries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject_id', sa.String(), nullable=False),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('previous_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries')),
    sa.UniqueConstraint('organisation_id', 'number', name=op.f('uq_audit_entries_organisation_id_number'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entries_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entries_subject_id'), ['subject_id'], unique=False)

    op.create_table('audit_heads',
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_audit_heads'))
    )
    op.create_table('commodities',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name_zh', sa.String(), nullable=False),
    sa.Column('name_en', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('maintained_by', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commodities'))
    )
    with op.batch_alter_table('commodities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_commodities_stage'), ['stage'], unique=False)

    op.create_table('kept_replies',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('request_hash', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('content_type', sa.String(), nullable=True),
    sa.Column('location', sa.String(), nullable=True),
    sa.Column('etag', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('member_id', 'key', name=op.f('pk_kept_replies'))
    )
    with op.batch_alter_table('kept_replies', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kept_replies_moment'), ['moment'], unique=False)

    op.create_table('organisations',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name_zh', sa.String(), nullable=False),
    sa.Column('name_latin', sa.String(), nullable=False),
    sa.Column('credit_code', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('group_parent', sa.String(), nullable=True),
    sa.Column('small', sa.Boolean(), nullable=False),
    sa.Column('sample', sa.Boolean(), nullable=False),
    sa.Column('tags', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('status_reason', sa.String(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisations')),
    sa.UniqueConstraint('credit_code', name=op.f('uq_organisations_credit_code'))
    )
    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_organisations_status'), ['status'], unique=False)

    op.create_table('price_indices',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name_zh', sa.String(), nullable=False),
    sa.Column('name_en', sa.String(), nullable=False),
    sa.Column('unit_code', sa.String(length=3), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('frequency', sa.String(), nullable=False),
    sa.Column('tax_basis', sa.String(), nullable=False),
    sa.Column('tax_rate', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('rounding', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('contributors', sa.Integer(), nullable=True),
    sa.Column('largest_share', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('dominance_limit', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('fallback_id', sa.String(), nullable=True),
    sa.Column('fallback_max_age_days', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['fallback_id'], ['price_indices.id'], name=op.f('fk_price_indices_fallback_id_price_indices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_indices'))
    )
    op.create_table('rounds',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name_zh', sa.String(), nullable=False),
    sa.Column('name_en', sa.String(), nullable=False),
    sa.Column('grade_ids', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('calendar', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('policy', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('freight', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('lanes', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('index_paths', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('feedback', sa.String(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('freezes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('publishes_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('failure', sa.String(), nullable=True),
    sa.Column('snapshot_hash', sa.String(), nullable=True),
    sa.Column('review_note', sa.String(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('solved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rounds'))
    )
    with op.batch_alter_table('rounds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rounds_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_rounds_status'), ['status'], unique=False)

    op.create_table('sealed_seed',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seed', sa.String(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_sealed_seed_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sealed_seed'))
    )
    op.create_table('certificates',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('issuer', sa.String(), nullable=False),
    sa.Column('grades', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('sites', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_certificates_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificates'))
    )
    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificates_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificates_status'), ['status'], unique=False)
        batch_op.create_index('uq_certificates_live', ['organisation_id', 'code', 'number'], unique=True, sqlite_where=sa.text("status IN ('declared', 'accepted')"), postgresql_where=sa.text("status IN ('declared', 'accepted')"))

    op.create_table('grades',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('commodity_id', sa.String(), nullable=False),
    sa.Column('name_zh', sa.String(), nullable=False),
    sa.Column('name_en', sa.String(), nullable=False),
    sa.Column('unit_code', sa.String(length=3), nullable=False),
    sa.Column('quantum', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('hs_code', sa.String(), nullable=True),
    sa.Column('standard', sa.String(), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=True),
    sa.Column('attributes', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('conversions', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('maintained_by', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['commodity_id'], ['commodities.id'], name=op.f('fk_grades_commodity_id_commodities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grades'))
    )
    with op.batch_alter_table('grades', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_grades_commodity_id'), ['commodity_id'], unique=False)

    op.create_table('index_quotes',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('index_id', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('vintage', sa.Integer(), nullable=False),
    sa.Column('value', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['index_id'], ['price_indices.id'], name=op.f('fk_index_quotes_index_id_price_indices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_index_quotes')),
    sa.UniqueConstraint('index_id', 'day', 'vintage', name=op.f('uq_index_quotes_index_id_day_vintage'))
    )
    op.create_table('members',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('roles', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('session_key', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_members_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members')),
    sa.UniqueConstraint('email', name=op.f('uq_members_email'))
    )
    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_members_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('messages',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject_id', sa.String(), nullable=False),
    sa.Column('text_zh', sa.String(), nullable=False),
    sa.Column('text_en', sa.String(), nullable=False),
    sa.Column('read', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_messages_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages'))
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.create_index('ix_messages_inbox', ['organisation_id', 'id'], unique=False)

    op.create_table('round_clearings',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('document', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('market_hash', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('objective_cny', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('bound_cny', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('bound_kind', sa.String(), nullable=False),
    sa.Column('gap', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('clock_hit', sa.Boolean(), nullable=False),
    sa.Column('note', sa.String(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_clearings_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', name=op.f('pk_round_clearings'))
    )
    op.create_table('round_progress',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('component', sa.Integer(), nullable=False),
    sa.Column('components', sa.Integer(), nullable=False),
    sa.Column('gap', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_progress_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', name=op.f('pk_round_progress'))
    )
    op.create_table('round_snapshots',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('market', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_snapshots_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', name=op.f('pk_round_snapshots'))
    )
    op.create_table('sites',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('latitude_deg', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('longitude_deg', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_sites_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sites'))
    )
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sites_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sites_region_code'), ['region_code'], unique=False)

    op.create_table('api_tokens',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('secret_hash', sa.String(), nullable=False),
    sa.Column('scopes', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_api_tokens_member_id_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_tokens')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_api_tokens_secret_hash'))
    )
    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_tokens_member_id'), ['member_id'], unique=False)

    op.create_table('orders',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('site_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('terms', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.Column('external_reference', sa.String(length=64), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_orders_grade_id_grades')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_orders_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_orders_site_id_sites')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('organisation_id', 'external_reference', name=op.f('uq_orders_organisation_id_external_reference'))
    )
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_orders_grade_id'), ['grade_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_site_id'), ['site_id'], unique=False)
        batch_op.create_index('ix_orders_status_grade_id', ['status', 'grade_id'], unique=False)

    op.create_table('production_lines',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('site_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_production_lines_grade_id_grades')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_production_lines_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_production_lines_site_id_sites')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_production_lines')),
    sa.UniqueConstraint('site_id', 'name', name=op.f('uq_production_lines_site_id_name'))
    )
    with op.batch_alter_table('production_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_production_lines_grade_id'), ['grade_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_production_lines_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('capacity_statements',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('line_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('from_month', sa.String(length=7), nullable=False),
    sa.Column('vintage', sa.Integer(), nullable=False),
    sa.Column('volume_per_month', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['production_lines.id'], name=op.f('fk_capacity_statements_line_id_production_lines')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_capacity_statements')),
    sa.UniqueConstraint('line_id', 'kind', 'from_month', 'vintage', name=op.f('uq_capacity_statements_line_id_kind_from_month_vintage'))
    )
    op.create_table('disclosures',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('requested_by', sa.String(), nullable=False),
    sa.Column('requester_organisation_id', sa.String(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('readable_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_disclosures_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosures'))
    )
    with op.batch_alter_table('disclosures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_disclosures_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_disclosures_requested_by'), ['requested_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_disclosures_status'), ['status'], unique=False)

    op.create_table('line_grants',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('line_id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['production_lines.id'], name=op.f('fk_line_grants_line_id_production_lines')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_line_grants_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_line_grants'))
    )
    with op.batch_alter_table('line_grants', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_line_grants_line_id'), ['line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_line_grants_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index('uq_line_grants_granted', ['line_id', 'organisation_id'], unique=True, sqlite_where=sa.text("status = 'granted'"), postgresql_where=sa.text("status = 'granted'"))

    op.create_table('order_revisions',
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('site_id', sa.String(), nullable=False),
    sa.Column('terms', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_revisions_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', 'number', name=op.f('pk_order_revisions'))
    )
    op.create_table('round_matches',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('offer_id', sa.String(), nullable=False),
    sa.Column('need_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('volumes', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('terms', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['need_id'], ['orders.id'], name=op.f('fk_round_matches_need_id_orders')),
    sa.ForeignKeyConstraint(['offer_id'], ['orders.id'], name=op.f('fk_round_matches_offer_id_orders')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_matches_round_id_rounds')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round_matches')),
    sa.UniqueConstraint('round_id', 'number', name=op.f('uq_round_matches_round_id_number'))
    )
    with op.batch_alter_table('round_matches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_round_matches_need_id'), ['need_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_round_matches_offer_id'), ['offer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_round_matches_round_id'), ['round_id'], unique=False)

    op.create_table('round_orders',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('side', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('volume', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('entered', sa.Boolean(), nullable=False),
    sa.Column('left_out_terms', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_round_orders_order_id_orders')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_round_orders_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_orders_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', 'order_id', name=op.f('pk_round_orders'))
    )
    with op.batch_alter_table('round_orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_round_orders_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_round_orders_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('round_outcomes',
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('requested', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('filled', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_round_outcomes_order_id_orders')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_round_outcomes_round_id_rounds')),
    sa.PrimaryKeyConstraint('round_id', 'order_id', name=op.f('pk_round_outcomes'))
    )
    with op.batch_alter_table('round_outcomes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_round_outcomes_order_id'), ['order_id'], unique=False)

    op.create_table('proposals',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('match_id', sa.String(), nullable=False),
    sa.Column('seller_id', sa.String(), nullable=False),
    sa.Column('buyer_id', sa.String(), nullable=False),
    sa.Column('offer_id', sa.String(), nullable=False),
    sa.Column('need_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('expected_volume', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.Column('terms', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisations.id'], name=op.f('fk_proposals_buyer_id_organisations')),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_proposals_grade_id_grades')),
    sa.ForeignKeyConstraint(['match_id'], ['round_matches.id'], name=op.f('fk_proposals_match_id_round_matches')),
    sa.ForeignKeyConstraint(['need_id'], ['orders.id'], name=op.f('fk_proposals_need_id_orders')),
    sa.ForeignKeyConstraint(['offer_id'], ['orders.id'], name=op.f('fk_proposals_offer_id_orders')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_proposals_round_id_rounds')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisations.id'], name=op.f('fk_proposals_seller_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposals')),
    sa.UniqueConstraint('match_id', name=op.f('uq_proposals_match_id'))
    )
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposals_buyer_id'), ['buyer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_grade_id'), ['grade_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_need_id'), ['need_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_offer_id'), ['offer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_seller_id'), ['seller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_status'), ['status'], unique=False)



def downgrade():
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposals_status'))
        batch_op.drop_index(batch_op.f('ix_proposals_seller_id'))
        batch_op.drop_index(batch_op.f('ix_proposals_round_id'))
        batch_op.drop_index(batch_op.f('ix_proposals_offer_id'))
        batch_op.drop_index(batch_op.f('ix_proposals_need_id'))
        batch_op.drop_index(batch_op.f('ix_proposals_grade_id'))
        batch_op.drop_index(batch_op.f('ix_proposals_created_at'))
        batch_op.drop_index(batch_op.f('ix_proposals_buyer_id'))

    op.drop_table('proposals')
    with op.batch_alter_table('round_outcomes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_round_outcomes_order_id'))

    op.drop_table('round_outcomes')
    with op.batch_alter_table('round_orders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_round_orders_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_round_orders_order_id'))

    op.drop_table('round_orders')
    with op.batch_alter_table('round_matches', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_round_matches_round_id'))
        batch_op.drop_index(batch_op.f('ix_round_matches_offer_id'))
        batch_op.drop_index(batch_op.f('ix_round_matches_need_id'))

    op.drop_table('round_matches')
    op.drop_table('order_revisions')
    with op.batch_alter_table('line_grants', schema=None) as batch_op:
        batch_op.drop_index('uq_line_grants_granted', sqlite_where=sa.text("status = 'granted'"), postgresql_where=sa.text("status = 'granted'"))
        batch_op.drop_index(batch_op.f('ix_line_grants_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_line_grants_line_id'))

    op.drop_table('line_grants')
    with op.batch_alter_table('disclosures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_disclosures_status'))
        batch_op.drop_index(batch_op.f('ix_disclosures_requested_by'))
        batch_op.drop_index(batch_op.f('ix_disclosures_order_id'))

    op.drop_table('disclosures')
    op.drop_table('capacity_statements')
    with op.batch_alter_table('production_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_production_lines_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_production_lines_grade_id'))

    op.drop_table('production_lines')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_status_grade_id')
        batch_op.drop_index(batch_op.f('ix_orders_site_id'))
        batch_op.drop_index(batch_op.f('ix_orders_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_orders_grade_id'))

    op.drop_table('orders')
    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_api_tokens_member_id'))

    op.drop_table('api_tokens')
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sites_region_code'))
        batch_op.drop_index(batch_op.f('ix_sites_organisation_id'))

    op.drop_table('sites')
    op.drop_table('round_snapshots')
    op.drop_table('round_progress')
    op.drop_table('round_clearings')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('ix_messages_inbox')

    op.drop_table('messages')
    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_members_organisation_id'))

    op.drop_table('members')
    op.drop_table('index_quotes')
    with op.batch_alter_table('grades', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_grades_commodity_id'))

    op.drop_table('grades')
    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.drop_index('uq_certificates_live', sqlite_where=sa.text("status IN ('declared', 'accepted')"), postgresql_where=sa.text("status IN ('declared', 'accepted')"))
        batch_op.drop_index(batch_op.f('ix_certificates_status'))
        batch_op.drop_index(batch_op.f('ix_certificates_organisation_id'))

    op.drop_table('certificates')
    op.drop_table('sealed_seed')
    with op.batch_alter_table('rounds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rounds_status'))
        batch_op.drop_index(batch_op.f('ix_rounds_created_at'))

    op.drop_table('rounds')
    op.drop_table('price_indices')
    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_organisations_status'))

    op.drop_table('organisations')
    with op.batch_alter_table('kept_replies', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kept_replies_moment'))

    op.drop_table('kept_replies')
    with op.batch_alter_table('commodities', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_commodities_stage'))

    op.drop_table('commodities')
    op.drop_table('audit_heads')
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entries_subject_id'))
        batch_op.drop_index(batch_op.f('ix_audit_entries_action'))

    op.drop_table('audit_entries')
