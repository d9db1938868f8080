"""What can be done with accounts: one use case per function."""

from marketplace.accounts.rules.sign_in import FORGOTTEN_AFTER
from marketplace.accounts.services.earned_tags import set_earned_tags
from marketplace.accounts.services.members import (
    add_member,
    change_password,
    new_member,
    set_password,
    update_member,
)
from marketplace.accounts.services.operators import create_operator
from marketplace.accounts.services.organisations import decide_admission, register_organisation, update_organisation
from marketplace.accounts.services.samples import admit_samples
from marketplace.accounts.services.sessions import end_sessions, sign_in
from marketplace.accounts.services.sign_in_attempts import begin_sign_in, end_sign_in, forget_failures
from marketplace.accounts.services.single_sign_on import sign_in_by_issuer
from marketplace.accounts.services.sites import add_site, update_site
from marketplace.accounts.services.tokens import (
    ENDED_TOKENS_KEPT_FOR,
    forget_ended_tokens,
    make_token,
    note_token_use,
    revoke_token,
)

__all__ = [
    "ENDED_TOKENS_KEPT_FOR",
    "FORGOTTEN_AFTER",
    "add_member",
    "add_site",
    "admit_samples",
    "begin_sign_in",
    "change_password",
    "create_operator",
    "decide_admission",
    "end_sessions",
    "end_sign_in",
    "forget_ended_tokens",
    "forget_failures",
    "make_token",
    "new_member",
    "note_token_use",
    "register_organisation",
    "revoke_token",
    "set_earned_tags",
    "set_password",
    "sign_in",
    "sign_in_by_issuer",
    "update_member",
    "update_organisation",
    "update_site",
]
