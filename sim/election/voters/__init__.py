"""For whom people would vote: log-odds of the options."""
