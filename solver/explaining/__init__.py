"""Why every order got what it got, and how much of that its owner is told."""
