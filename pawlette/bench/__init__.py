"""A door: measures what Pawlette draws and how fast. Nothing in the rooms knows that it exists."""
