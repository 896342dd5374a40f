"""NumPy functions as trees: what happens when NumPy is called with symbols."""
