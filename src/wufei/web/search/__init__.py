"""Full-text search that forgives a typo, in Chinese and English.

Chinese has no spaces, so each character is stored as a word of its own: PostgreSQL's trigrams then compare
texts character by character (``folding``). ``index`` fills the table, ``query`` asks it, ``excerpt`` marks hits.
"""
