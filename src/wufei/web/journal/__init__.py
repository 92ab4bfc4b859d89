"""What the journal's pages share: names of accounts, filters read from addresses, files, the menu."""
