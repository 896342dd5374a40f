"""The operators of calculus, a module each: what they ask, the sections of their derivation, and what they return."""
