"""Reading expressions: names, tokens, the grammar, the parser. Nothing that is read is ever executed."""
