"""The single data in the database. A caller gives the connection; nothing here knows CKAN."""
