"""Results: the contract of every variable, provenance, and reading a result back."""
