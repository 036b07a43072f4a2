"""Real processes killed, stopped and starved; ledgers outside the product say what came of it."""
