"""The papers that fill themselves: importing this makes their functions known to the workflow engine by name."""

from __future__ import annotations

from wufei.reports import containers, declaration, inspection, licence_report, management_plan

__all__ = ["containers", "declaration", "inspection", "licence_report", "management_plan"]
