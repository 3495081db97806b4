"""The whole cube as files: CSV, Parquet, SDMX-CSV, SDMX-JSON, SDMX structures, JSON-stat, and ILOSTAT's tables.

Each takes the cube in chunks (`figures.cube`) and writes bytes into a file that its caller opened. CSV, Parquet,
SDMX-CSV and SDMX-JSON hold no more than a few chunks in memory.
"""
