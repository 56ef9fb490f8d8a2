"""The engine: from a scenario to a plan, from a plan to blocks, from blocks to a stored result."""
