"""Price indices over HTTP."""
