"""What every domain stands on: database, clock, identifiers, errors, lifecycles, audit trail, events, paging."""
