"""What two orders are to each other: limits, freight, gains, amounts."""
