"""The domain: what a team that answers buyers does, in its own words. It touches no network."""
