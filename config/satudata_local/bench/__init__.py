"""`make bench`: our harvest beside stock ckanext-harvest and ckanext-dcat, on the same machine with the same input."""
