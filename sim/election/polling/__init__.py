"""What happens at the polling station on the day.  No part yet: a file added here becomes one."""
