"""The pages of organisations, sites, permits and vehicles: lists that the database filters, and what a page shows."""
