"""The synthetic city: what is invented for demonstration, marked so wherever it is shown."""
