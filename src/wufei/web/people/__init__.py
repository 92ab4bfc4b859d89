"""People, mandates and their data on the pages: rows, tables and files that the views share."""
