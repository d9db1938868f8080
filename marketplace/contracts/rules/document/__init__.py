"""What the contract document says, in Chinese and English from one source; how it looks is the template's affair."""

from marketplace.contracts.rules.document.contents import contents
from marketplace.contracts.rules.document.facts import Facts, PartyChange, Side
from marketplace.contracts.rules.document.verification import verification_code

__all__ = ["Facts", "PartyChange", "Side", "contents", "verification_code"]
