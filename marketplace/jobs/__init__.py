"""What a worker runs; each reads as the procedure it is.  Jobs open short units of work, never one around a solve."""
