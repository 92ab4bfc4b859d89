"""Wufei (无废) runs a zero-waste city: every tonne has an address, every figure walks back to the tonnes."""

__version__ = "0.1.0"
