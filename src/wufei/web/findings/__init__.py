"""Parts of the pages of findings, dossiers and checks on the road."""
