"""Turn spreadsheets, files and published figures into records, and append them.

A sheet's columns are declared once (``data/national/sheets``); templates, reading and docs come from there. Ids follow
from content, so that sending a file again, or starting again, changes nothing.
"""
