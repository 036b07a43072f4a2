"""A proof for every channel, by its name: what `tests/test_channel_contract.py` needs to try it."""
