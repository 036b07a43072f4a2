"""Drafters: what turns a brief into words."""
