"""The playbooks that come with Parley: files, no code; a package so that they are installed."""
