"""Lay what the other rooms know out as tables, charts, workbooks and files; nothing here is computed anew.

A ``Table`` is declared once per list and gives filter, sort, page, CSV and XLSX. ``numbers`` is the one
formatter of quantities. Charts are plain geometry that a page draws as SVG.
"""
