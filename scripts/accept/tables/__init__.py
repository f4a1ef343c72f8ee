"""One module a table, each with a value named ``TABLE``."""
