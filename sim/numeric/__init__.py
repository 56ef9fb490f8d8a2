"""Compiled, order-fixed arithmetic: elementary functions, small linear algebra, sums of counts."""
