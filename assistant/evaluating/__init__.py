"""Situations as buyers tell them, taken all the way to a draft, and what comes of it in figures."""
