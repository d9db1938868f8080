"""The order book over HTTP."""
