"""What a county monitors, how far it has got and what it cost; knows no web framework and no map library."""
