"""Counter-based randomness: the only place where chance enters."""
