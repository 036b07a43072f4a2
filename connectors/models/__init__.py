"""Drafters and translators: what turns a brief, or a text, into words."""
