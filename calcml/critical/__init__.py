"""Critical points and shape: where a function is largest and smallest, rises and falls, and how it bends."""
