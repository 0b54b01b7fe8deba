"""Figures that documents state, and what the records and each other say about them."""
