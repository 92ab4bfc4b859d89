"""Pages of cases: what they are made of; the views stand in ``views/cases``."""
