"""Steps signed on a phone without a network: what is signed, how it arrives, and what becomes of it."""
