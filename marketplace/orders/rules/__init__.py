"""What holds of every order: its lifecycle, the meaning and limits of each term, the forms in which orders arrive."""
