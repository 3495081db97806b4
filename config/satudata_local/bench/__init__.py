"""`make bench`: our harvest, tables and questions beside stock CKAN and others, on one machine with the same input."""
