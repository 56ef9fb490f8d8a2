"""Who comes: log-odds of voting."""
