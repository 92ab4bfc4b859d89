"""Mass balance, reconciliation under uncertainty, flow networks and the checks that rest on them."""
