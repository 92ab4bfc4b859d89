"""The views of findings, dossiers and checks on the road."""
