"""Figures for the services that publish them."""

from tests.figures.conftest import ask, single_data

__all__ = ["ask", "single_data"]
