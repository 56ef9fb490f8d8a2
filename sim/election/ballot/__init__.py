"""What stands on the ballot paper, and how ballots are cast."""
