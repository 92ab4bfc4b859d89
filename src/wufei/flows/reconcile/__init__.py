"""Reconciliation of flow networks: measured, exact and unknown flows made to balance, with what is known of each."""

from wufei.flows.reconcile.engine import reconcile

__all__ = ["reconcile"]
