"""What may be registered, where may be sent to, and when it is tried again."""
