"""Parcels against layers: what lies on each, how much of it, what stands against it, and where nothing is known."""
