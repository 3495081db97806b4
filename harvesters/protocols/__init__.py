"""One module for each protocol that partners speak; `base` says what a protocol is."""
