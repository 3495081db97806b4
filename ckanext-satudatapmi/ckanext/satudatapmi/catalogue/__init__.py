"""What Satu Data Indonesia asks of a dataset: completeness, checks, quality."""
