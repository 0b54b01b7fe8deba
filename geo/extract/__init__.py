"""The official extract of a parcel: what it says, its number, its archive, and what anybody may check of it."""
