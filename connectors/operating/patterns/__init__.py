"""What `parley new` writes from: connectors that work, for a provider that does not exist."""
