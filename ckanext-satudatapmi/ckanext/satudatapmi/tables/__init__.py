"""Published tables: a file as a partner prints it becomes a tidy, typed frame, and that a DataStore table.

Everything is pure and imports no CKAN but `loader`, and `relations` and `fulltext`, which work on its tables.
"""
