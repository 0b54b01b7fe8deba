"""A file of survey data to features: read, check, load."""
