"""The single guesses that `tables.guessing` puts together, and the check of them all."""
