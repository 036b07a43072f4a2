"""What leads prove their playbooks with: cases, weakened rules, what a change changes."""
