"""Where orders live: one module for each kind of shop."""
