"""Where the team works: one adapter a platform."""
