"""From a buyer's words to a checked draft, one file a step."""
