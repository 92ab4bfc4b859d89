"""Read records, balances, statements and flows."""
