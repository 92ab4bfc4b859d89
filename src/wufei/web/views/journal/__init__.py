"""The journal's pages: one file per page or pair of pages."""
