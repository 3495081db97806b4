"""The description of all public reads: as OpenAPI for programs, as a page with examples for people."""
