"""Pages of indicator figures: addresses, menu, what is asked, drawings."""
