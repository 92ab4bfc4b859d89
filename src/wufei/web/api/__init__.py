"""The API for programs, under ``/api/v1/``: one file per group of operations; see docs/api.md."""
