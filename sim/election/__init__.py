"""The election itself: one folder per stage, one file per part."""
