"""The installable field app: its shell, what it takes along, and the conflicts of what it sent."""
