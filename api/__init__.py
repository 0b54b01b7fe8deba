"""The ways in: HTTP and command line."""
