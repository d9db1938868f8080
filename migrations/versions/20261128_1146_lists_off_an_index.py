"""lists off an index"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_api_tokens_member_id'))
        batch_op.create_index('ix_api_tokens_member_id_id', ['member_id', 'id'], unique=False)

    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certificates_organisation_id'))
        batch_op.create_index('ix_certificates_organisation_id_created_at_id', ['organisation_id', 'created_at', 'id'], unique=False)

    with op.batch_alter_table('fulfilment_judgements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_fulfilment_judgements_organisation_id_judged_at'))
        batch_op.create_index('ix_fulfilment_judgements_judged_at_id', ['judged_at', 'id'], unique=False)
        batch_op.create_index('ix_fulfilment_judgements_organisation_id_judged_at_id', ['organisation_id', 'judged_at', 'id'], unique=False)

    with op.batch_alter_table('line_grants', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_line_grants_line_id'))
        batch_op.create_index('ix_line_grants_line_id_created_at_id', ['line_id', 'created_at', 'id'], unique=False)

    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_members_organisation_id'))
        batch_op.create_index('ix_members_organisation_id_id', ['organisation_id', 'id'], unique=False)

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_orders_organisation_id'))
        batch_op.create_index('ix_orders_organisation_id_created_at_id', ['organisation_id', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_orders_organisation_id_valid_to_id', ['organisation_id', 'valid_to', 'id'], unique=False)

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.create_index('ix_organisations_created_at_id', ['created_at', 'id'], unique=False)

    with op.batch_alter_table('production_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_production_lines_organisation_id'))
        batch_op.create_index('ix_production_lines_organisation_id_created_at_id', ['organisation_id', 'created_at', 'id'], unique=False)

    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_round_what_ifs_round_id'))
        batch_op.create_index('ix_round_what_ifs_round_id_created_at_id', ['round_id', 'created_at', 'id'], unique=False)

    with op.batch_alter_table('rounds', schema=None) as batch_op:
        batch_op.create_index('ix_rounds_created_at_id', ['created_at', 'id'], unique=False)

    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sites_organisation_id'))
        batch_op.create_index('ix_sites_organisation_id_id', ['organisation_id', 'id'], unique=False)



def downgrade():
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.drop_index('ix_sites_organisation_id_id')
        batch_op.create_index(batch_op.f('ix_sites_organisation_id'), ['organisation_id'], unique=False)

    with op.batch_alter_table('rounds', schema=None) as batch_op:
        batch_op.drop_index('ix_rounds_created_at_id')

    with op.batch_alter_table('round_what_ifs', schema=None) as batch_op:
        batch_op.drop_index('ix_round_what_ifs_round_id_created_at_id')
        batch_op.create_index(batch_op.f('ix_round_what_ifs_round_id'), ['round_id'], unique=False)

    with op.batch_alter_table('production_lines', schema=None) as batch_op:
        batch_op.drop_index('ix_production_lines_organisation_id_created_at_id')
        batch_op.create_index(batch_op.f('ix_production_lines_organisation_id'), ['organisation_id'], unique=False)

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_index('ix_organisations_created_at_id')

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_organisation_id_valid_to_id')
        batch_op.drop_index('ix_orders_organisation_id_created_at_id')
        batch_op.create_index(batch_op.f('ix_orders_organisation_id'), ['organisation_id'], unique=False)

    with op.batch_alter_table('members', schema=None) as batch_op:
        batch_op.drop_index('ix_members_organisation_id_id')
        batch_op.create_index(batch_op.f('ix_members_organisation_id'), ['organisation_id'], unique=False)

    with op.batch_alter_table('line_grants', schema=None) as batch_op:
        batch_op.drop_index('ix_line_grants_line_id_created_at_id')
        batch_op.create_index(batch_op.f('ix_line_grants_line_id'), ['line_id'], unique=False)

    with op.batch_alter_table('fulfilment_judgements', schema=None) as batch_op:
        batch_op.drop_index('ix_fulfilment_judgements_organisation_id_judged_at_id')
        batch_op.drop_index('ix_fulfilment_judgements_judged_at_id')
        batch_op.create_index(batch_op.f('ix_fulfilment_judgements_organisation_id_judged_at'), ['organisation_id', 'judged_at'], unique=False)

    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.drop_index('ix_certificates_organisation_id_created_at_id')
        batch_op.create_index(batch_op.f('ix_certificates_organisation_id'), ['organisation_id'], unique=False)

    with op.batch_alter_table('api_tokens', schema=None) as batch_op:
        batch_op.drop_index('ix_api_tokens_member_id_id')
        batch_op.create_index(batch_op.f('ix_api_tokens_member_id'), ['member_id'], unique=False)

