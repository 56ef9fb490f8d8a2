"""Who wins: electoral rules on counts."""
