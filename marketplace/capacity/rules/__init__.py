"""Pure rules of capacity: statements by month, consent to the use of a line."""
