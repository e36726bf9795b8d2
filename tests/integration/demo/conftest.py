"""A browser for all modules of this folder."""

from tests.integration.views.browsing import browser, look

__all__ = ["browser", "look"]
