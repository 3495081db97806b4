"""Subscriptions by e-mail to a search, a theme, a publisher or an indicator: confirmed, told once a day or week, ended.

Nothing is kept of who only asked: what was asked for stands in the link of the mail that confirms it, encrypted.
"""
