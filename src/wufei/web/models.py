"""The tables that belong to the pages: the search index."""

from wufei.web.search.models import SearchDocument, SearchState

__all__ = ["SearchDocument", "SearchState"]
