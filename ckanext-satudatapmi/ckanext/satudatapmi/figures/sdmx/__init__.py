"""Queries of SDMX REST, versions 1.5 (for SDMX 2.1) and 2.0 (for SDMX 3.0), as plain values; they know no HTTP.

https://github.com/sdmx-twg/sdmx-rest says what they mean.
"""
