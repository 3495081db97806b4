"""Figures for the services that publish them."""

from tests.figures.conftest import ask, grow, single_data

__all__ = ["ask", "grow", "single_data"]
