"""Bringing unlike figures together, or refusing to: the methods of command-center.md section 6, pure and without CKAN.

Every method returns a `result.Result`: formula, inputs, assumptions, and a value with its interval or the reasons why
there is none. What the formulas, assumptions and reasons are called stands in `schemas/figures/reconciliation.yaml`.
"""
