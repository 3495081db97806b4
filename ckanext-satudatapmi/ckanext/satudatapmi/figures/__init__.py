"""The single data: observations with definition, vintage and provenance, from many publishers, never merged.

Nothing here imports CKAN; `store` works on a database connection that its caller gives it.
"""
