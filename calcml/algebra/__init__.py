"""Algebra on sums of products: reading an expression as one, calculating, writing it back for people."""
