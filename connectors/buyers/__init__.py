"""How buyers reach us: one module a channel."""
