"""Published tables: a file as a partner prints it becomes a tidy, typed frame, and that a DataStore table.

Everything but `loader` is pure and imports no CKAN.
"""
