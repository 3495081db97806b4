"""Kode referensi: code lists, other spellings, and matching of names to codes. Pure: imports no CKAN."""
