"""answers to proposals, bundles, contracts"""

import hashlib
import json
from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# As it stood when this was written: rounds until now laid down nothing for the time after their publication.
CONTRACTING = {
    'answer_days': 10,
    'counter_days': 3,
    'fulfilment_month': '0.8',
    'fulfilment_quarter': '0.9',
    'fulfilment_year': '0.9',
    'confirmation_days': 15,
    'vat_rate': '0.13',
    'objection_days': 15,
    'deviation_charge': '0.05',
    'force_majeure_notice_days': 7,
    'force_majeure_longest_days': 90,
    'cure_days': 30,
}
CLAUSES = {
    **dict.fromkeys(('reservation_fee', 'take_or_pay', 'ship_or_pay', 'reopener')),
    **dict.fromkeys(('exclusivity', 'resale_ban', 'most_favoured')),
    'quality_claim': {'objection_days': CONTRACTING['objection_days']},
    'certificates': [],
    **{name: CONTRACTING[name] for name in (
        'vat_rate', 'deviation_charge', 'force_majeure_notice_days', 'force_majeure_longest_days', 'cure_days'
    )},
}


def upgrade():
    op.add_column('rounds', sa.Column('contracting', DOCUMENT, nullable=False, server_default=json.dumps(CONTRACTING)))
    op.create_table('proposal_bundles',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_proposal_bundles_round_id_rounds')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_bundles'))
    )
    with op.batch_alter_table('proposal_bundles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_bundles_ends_at'), ['ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_bundles_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_bundles_status'), ['status'], unique=False)

    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.add_column(sa.Column('bundle_id', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('terms_hash', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('seller_accepted', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('buyer_accepted', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('answer_by', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('missed', DOCUMENT, nullable=True))
        batch_op.add_column(sa.Column('excess', DOCUMENT, nullable=True))
    revisions = _bundle_what_there_is()
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.alter_column('bundle_id', existing_type=sa.String(), nullable=False)
        batch_op.alter_column('terms_hash', existing_type=sa.String(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f('fk_proposals_bundle_id_proposal_bundles'), 'proposal_bundles', ['bundle_id'], ['id']
        )
        batch_op.create_index(batch_op.f('ix_proposals_bundle_id'), ['bundle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposals_answer_by'), ['answer_by'], unique=False)

    op.create_table('proposal_revisions',
    sa.Column('proposal_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('author', sa.String(), nullable=False),
    sa.Column('terms', DOCUMENT, nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('outside', DOCUMENT, nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_revisions_proposal_id_proposals')),
    sa.PrimaryKeyConstraint('proposal_id', 'number', name=op.f('pk_proposal_revisions'))
    )
    if revisions:
        op.bulk_insert(sa.table('proposal_revisions', *(
            sa.column(name, kind) for name, kind in (
                ('proposal_id', sa.String()), ('number', sa.Integer()), ('author', sa.String()), ('terms', DOCUMENT),
                ('hash', sa.String()), ('outside', DOCUMENT), ('moment', sa.DateTime(timezone=True)),
            )
        )), revisions)
    op.create_table('proposal_answers',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('proposal_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('party', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_proposal_answers_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_answers_proposal_id_proposals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_answers')),
    sa.UniqueConstraint('proposal_id', 'number', name=op.f('uq_proposal_answers_proposal_id_number'))
    )
    with op.batch_alter_table('proposal_answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_answers_moment'), ['moment'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_answers_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_answers_proposal_id'), ['proposal_id'], unique=False)

    op.create_table('contracts',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('proposal_id', sa.String(), nullable=False),
    sa.Column('round_id', sa.String(), nullable=False),
    sa.Column('seller_id', sa.String(), nullable=False),
    sa.Column('buyer_id', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('in_force', sa.Integer(), nullable=True),
    sa.Column('confirm_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('concluded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisations.id'], name=op.f('fk_contracts_buyer_id_organisations')),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_contracts_grade_id_grades')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_contracts_proposal_id_proposals')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_contracts_round_id_rounds')),
    sa.ForeignKeyConstraint(['seller_id'], ['organisations.id'], name=op.f('fk_contracts_seller_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contracts')),
    sa.UniqueConstraint('number', name=op.f('uq_contracts_number')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_contracts_proposal_id'))
    )
    with op.batch_alter_table('contracts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contracts_buyer_id'), ['buyer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_concluded_at'), ['concluded_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_grade_id'), ['grade_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_seller_id'), ['seller_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_status'), ['status'], unique=False)

    op.create_table('contract_versions',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('author_id', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('terms', DOCUMENT, nullable=False),
    sa.Column('terms_hash', sa.String(), nullable=False),
    sa.Column('facts', DOCUMENT, nullable=False),
    sa.Column('pdf', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_hash', sa.String(), nullable=True),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_versions_contract_id_contracts')),
    sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_versions'))
    )
    op.create_table('contract_confirmations',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('document_hash', sa.String(), nullable=False),
    sa.Column('moment', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id', 'number'], ['contract_versions.contract_id', 'contract_versions.number'], name=op.f('fk_contract_confirmations_contract_id_number_contract_versions')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_contract_confirmations_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('contract_id', 'number', 'organisation_id', name=op.f('pk_contract_confirmations'))
    )

    op.create_table('supply_places',
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_supply_places_grade_id_grades')),
    sa.PrimaryKeyConstraint('place', 'grade_id', name=op.f('pk_supply_places'))
    )
    op.create_table('commitments',
    sa.Column('contract_id', sa.String(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('grade_id', sa.String(), nullable=False),
    sa.Column('volume', sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_commitments_contract_id_contracts')),
    sa.ForeignKeyConstraint(['grade_id'], ['grades.id'], name=op.f('fk_commitments_grade_id_grades')),
    sa.PrimaryKeyConstraint('contract_id', 'month', name=op.f('pk_commitments'))
    )
    with op.batch_alter_table('commitments', schema=None) as batch_op:
        batch_op.create_index('ix_commitments_place_grade_id_month', ['place', 'grade_id', 'month'], unique=False)


def _bundle_what_there_is():
    """Proposals made before each become a bundle of their own, with the usual time to answer; their revisions."""
    proposals = sa.table('proposals', *(sa.column(name, kind) for name, kind in (
        ('id', sa.String()), ('round_id', sa.String()), ('status', sa.String()), ('terms', DOCUMENT),
        ('created_at', sa.DateTime(timezone=True)), ('published_at', sa.DateTime(timezone=True)),
        ('bundle_id', sa.String()), ('terms_hash', sa.String()), ('answer_by', sa.DateTime(timezone=True)),
    )))
    bundles = sa.table('proposal_bundles', *(sa.column(name, kind) for name, kind in (
        ('id', sa.String()), ('round_id', sa.String()), ('size', sa.Integer()), ('status', sa.String()),
        ('ends_at', sa.DateTime(timezone=True)),
    )))
    connection, revisions = op.get_bind(), []
    for row in connection.execute(sa.select(proposals).order_by(proposals.c.id)).all():
        ends_at = None if row.published_at is None else row.published_at + timedelta(days=CONTRACTING['answer_days'])
        bundle_id = 'bun_' + row.id.partition('_')[2]
        terms = {**row.terms, 'clauses': CLAUSES}
        document = {'proposal': row.id, 'revision': 1, 'terms': terms}
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(',', ':'))
        hash_ = 'sha256:' + hashlib.sha256(text.encode()).hexdigest()
        connection.execute(sa.insert(bundles).values(
            id=bundle_id, round_id=row.round_id, size=1, status='open', ends_at=ends_at
        ))
        connection.execute(sa.update(proposals).where(proposals.c.id == row.id).values(
            bundle_id=bundle_id, terms=terms, terms_hash=hash_, answer_by=ends_at
        ))
        revisions.append({
            'proposal_id': row.id, 'number': 1, 'author': 'round', 'terms': terms, 'hash': hash_, 'outside': [],
            'moment': row.created_at,
        })
    return revisions


def downgrade():
    with op.batch_alter_table('commitments', schema=None) as batch_op:
        batch_op.drop_index('ix_commitments_place_grade_id_month')

    op.drop_table('commitments')
    op.drop_table('supply_places')
    op.drop_table('contract_confirmations')
    op.drop_table('contract_versions')
    with op.batch_alter_table('contracts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contracts_status'))
        batch_op.drop_index(batch_op.f('ix_contracts_seller_id'))
        batch_op.drop_index(batch_op.f('ix_contracts_round_id'))
        batch_op.drop_index(batch_op.f('ix_contracts_grade_id'))
        batch_op.drop_index(batch_op.f('ix_contracts_concluded_at'))
        batch_op.drop_index(batch_op.f('ix_contracts_buyer_id'))

    op.drop_table('contracts')
    with op.batch_alter_table('proposal_answers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposal_answers_proposal_id'))
        batch_op.drop_index(batch_op.f('ix_proposal_answers_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_proposal_answers_moment'))

    op.drop_table('proposal_answers')
    op.drop_table('proposal_revisions')
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposals_answer_by'))
        batch_op.drop_index(batch_op.f('ix_proposals_bundle_id'))
        batch_op.drop_constraint(batch_op.f('fk_proposals_bundle_id_proposal_bundles'), type_='foreignkey')
        for name in ('excess', 'missed', 'answer_by', 'buyer_accepted', 'seller_accepted', 'terms_hash', 'revision', 'bundle_id'):
            batch_op.drop_column(name)

    with op.batch_alter_table('proposal_bundles', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposal_bundles_status'))
        batch_op.drop_index(batch_op.f('ix_proposal_bundles_round_id'))
        batch_op.drop_index(batch_op.f('ix_proposal_bundles_ends_at'))

    op.drop_table('proposal_bundles')
    op.drop_column('rounds', 'contracting')
