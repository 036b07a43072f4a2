"""Slack as a place where the team works."""
