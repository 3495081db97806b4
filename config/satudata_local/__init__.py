"""Sets up and runs the product on one machine: the scripts behind `make run`, `make test`, `make stop`, `make clean`.

Only the standard library is used, because these scripts run before anything is installed.
"""
