"""Signals: what a series does that somebody should look at. Each names its formula and inputs, or why it refuses."""
