"""Writing capacity: lines, what they make by month, and who may offer from them."""

from marketplace.capacity.services.grants import grant_line, revoke_grant
from marketplace.capacity.services.lines import add_line, rename_line, state_capacity

__all__ = ["add_line", "grant_line", "rename_line", "revoke_grant", "state_capacity"]
