"""What the tests of the registry share."""

import pytest

from tests.registry.apart import apart
from tests.registry.as_app import rules_once
from wufei import catalog


@pytest.fixture
def installed(catalogue: catalog.Catalog) -> catalog.Catalog:
    """The shipped catalogue, in force."""
    catalog.install(catalogue)
    return catalogue


__all__ = ["apart", "installed", "rules_once"]
