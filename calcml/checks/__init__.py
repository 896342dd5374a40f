"""Checks of the tables: every field of every row against what the function does, every statement of every rule.

A derivation checks what it used; these checks go through the tables themselves, fields that no derivation reads among
them. They run on `functions.register`, with `calcml functions --check` and `calcml rules --check`, and in `make check`.
"""
