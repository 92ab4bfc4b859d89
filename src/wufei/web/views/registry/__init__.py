"""The views of the registry's pages."""
