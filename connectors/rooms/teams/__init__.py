"""A Microsoft Teams channel as a room."""
