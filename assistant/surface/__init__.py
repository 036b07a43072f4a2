"""Platform-neutral surfaces: cards and forms as data, words into commands."""
