"""What operators see of a process: its port, health, metrics, log, terminal and doctor."""
