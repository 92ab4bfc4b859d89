"""The pages. Each view declares its audience with ``policy`` and draws through ``render.page``."""
