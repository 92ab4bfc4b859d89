"""Proving who one is and what a session may do: the gate before every page, headers, limits of the API."""
