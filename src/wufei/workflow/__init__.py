"""One engine that moves any case along its declared transitions, and lets a step post entries.

What a manifest, a plan or an inspection is stands in ``data/national/workflows`` and ``data/national/forms``; this room
knows only states, steps, parties, fields, clocks and postings. All is pure but ``engine``, which appends.
"""
