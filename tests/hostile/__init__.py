"""A hostile model behind the real drafter: what it may do, what must never reach a buyer."""
