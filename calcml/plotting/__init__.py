"""Pictures: of functions and their slopes, and of errors; files with matplotlib, and the terminal."""
