"""Files of ballots: PrefLib, BLT and cast-vote records as CSV."""
