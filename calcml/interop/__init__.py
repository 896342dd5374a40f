"""Other systems. Each is imported by one module here, and only when it is called."""
