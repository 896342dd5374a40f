"""Printing: pure functions from expressions and derivations to text in each format."""
