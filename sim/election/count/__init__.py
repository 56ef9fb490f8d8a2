"""In which order and how the count is reported.  No part yet: a file added here becomes one."""
