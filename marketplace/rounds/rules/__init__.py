"""What holds of every round: its lifecycle, its policy and calendar, what may be told to whom."""
