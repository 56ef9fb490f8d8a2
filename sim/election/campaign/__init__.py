"""What happens between the announcement and the vote.  No part yet: a file added here becomes one."""
