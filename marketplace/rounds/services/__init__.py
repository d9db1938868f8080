"""What can be done with rounds: one use case each."""

from marketplace.rounds.services.ending import cancel_round, publish_round, review_round
from marketplace.rounds.services.exporting import export_sample_market
from marketplace.rounds.services.freezing import freeze_round
from marketplace.rounds.services.importing import read_market_document
from marketplace.rounds.services.own_limits import assumed_index, keeps_own_limit
from marketplace.rounds.services.pieces import (
    ASSEMBLY,
    LEASE,
    Claim,
    OpenPiece,
    forget_stray_pieces,
    give_back,
    lease_piece,
    must_hold,
    must_stand,
    open_pieces,
    piece_result,
    put_piece,
    record_piece,
    renew_lease,
)
from marketplace.rounds.services.piecework import LeasedPieces, Seal, conclude_together, search_together
from marketplace.rounds.services.planning import create_round, open_round, revise_round
from marketplace.rounds.services.recording import record_clearing
from marketplace.rounds.services.remaining import concluded_together, tied_matches
from marketplace.rounds.services.replaying import Sealed, replay_round, round_record, sealed_round
from marketplace.rounds.services.running import (
    claim_run,
    fail_run,
    note_life,
    note_progress,
    shared_claim,
    shared_runs,
    waiting_runs,
)
from marketplace.rounds.services.solving import RunFailed, Verified, solve
from marketplace.rounds.services.what_if_solving import Answer, solve_what_if
from marketplace.rounds.services.what_ifs import (
    WhatIfClaim,
    ask_what_if,
    fail_what_if,
    note_what_if,
    record_what_if,
    take_what_if,
)

__all__ = [
    "ASSEMBLY",
    "LEASE",
    "Answer",
    "Claim",
    "LeasedPieces",
    "OpenPiece",
    "RunFailed",
    "Seal",
    "Sealed",
    "Verified",
    "WhatIfClaim",
    "ask_what_if",
    "assumed_index",
    "cancel_round",
    "claim_run",
    "conclude_together",
    "concluded_together",
    "create_round",
    "export_sample_market",
    "fail_run",
    "fail_what_if",
    "forget_stray_pieces",
    "freeze_round",
    "give_back",
    "keeps_own_limit",
    "lease_piece",
    "must_hold",
    "must_stand",
    "note_life",
    "note_progress",
    "note_what_if",
    "open_pieces",
    "open_round",
    "piece_result",
    "publish_round",
    "put_piece",
    "read_market_document",
    "record_clearing",
    "record_piece",
    "record_what_if",
    "renew_lease",
    "replay_round",
    "review_round",
    "revise_round",
    "round_record",
    "sealed_round",
    "search_together",
    "shared_claim",
    "shared_runs",
    "solve",
    "solve_what_if",
    "take_what_if",
    "tied_matches",
    "waiting_runs",
]
