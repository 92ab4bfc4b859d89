"""Findings: what alarm rules see in the journal and the registry; nothing is written here."""
