"""Pure rules of accounts: kinds, lifecycles, what a registration must hold."""
