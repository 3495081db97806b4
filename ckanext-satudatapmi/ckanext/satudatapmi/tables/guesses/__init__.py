"""The single guesses that `tables.guessing` puts together: heading, columns, notation, titles, and the check of it all."""
