"""Flow networks of a layout over a period: read from the journal and from published figures, reconciled, explained."""
