"""What organisations can show: certificates with scope and validity, accepted or refused by an operator."""
