"""Power series with exact coefficients: how a function looks near a point."""
