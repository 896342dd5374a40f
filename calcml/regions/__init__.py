"""Sets of real numbers with exact borders: where conditions hold, and where an expression is defined and smooth."""
