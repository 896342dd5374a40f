"""Numbers: float64 helpers of the function table, for one point (`scalar`) and for NumPy arrays (`arrays`)."""
