"""Figures for the services that publish them."""

from tests.figures.conftest import single_data

__all__ = ["single_data"]
