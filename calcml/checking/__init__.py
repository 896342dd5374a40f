"""Derivatives held against what other methods say: differences, complex step, automatic differentiation."""
