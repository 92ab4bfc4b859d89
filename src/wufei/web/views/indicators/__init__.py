"""Views of indicator figures."""
