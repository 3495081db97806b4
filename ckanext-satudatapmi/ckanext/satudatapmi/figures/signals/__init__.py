"""Signals in published figures: surges, corridors at risk, and what a year will come to. Each method may refuse."""
