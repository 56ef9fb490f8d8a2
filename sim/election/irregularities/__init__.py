"""What makes the reported count differ from the true one.  No part yet: a file added here becomes one."""
