"""Maps and pages from values; no database."""
