"""The fault run makes its sources as the tests of the harvesters do."""

from tests.harvesters.conftest import harvest_of, partner

__all__ = ["harvest_of", "partner"]
