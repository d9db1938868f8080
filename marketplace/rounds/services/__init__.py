"""What can be done with rounds: one use case each."""

from marketplace.rounds.services.ending import cancel_round, publish_round, review_round
from marketplace.rounds.services.exporting import export_sample_market
from marketplace.rounds.services.freezing import freeze_round
from marketplace.rounds.services.importing import read_market_document
from marketplace.rounds.services.planning import create_round, open_round, revise_round
from marketplace.rounds.services.recording import record_clearing
from marketplace.rounds.services.running import Claim, Superseded, claim_run, fail_run, note_life, note_progress
from marketplace.rounds.services.solving import RunFailed, Verified, place_of, solve

__all__ = [
    "Claim",
    "RunFailed",
    "Superseded",
    "Verified",
    "cancel_round",
    "claim_run",
    "create_round",
    "export_sample_market",
    "fail_run",
    "freeze_round",
    "note_life",
    "note_progress",
    "open_round",
    "place_of",
    "publish_round",
    "read_market_document",
    "record_clearing",
    "review_round",
    "revise_round",
    "solve",
]
