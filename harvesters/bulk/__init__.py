"""Many datasets written at once, with the same result as one `package_create` after the other.

CKAN's own action asks the database some forty times a dataset, validates each dataset three times over all fields of
its form, and sends it to the search index alone. Here a batch shares what is the same for all of it: the questions to
the database, the schemas, the transaction, the request to Solr. What CKAN's way and this one give is compared dataset
by dataset in the tests, and for the first dataset of every batch while it runs: where a plugin makes them differ, the
batch goes CKAN's way.
"""
