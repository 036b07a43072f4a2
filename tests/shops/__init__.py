"""A proof for every shop, by its name: what `tests/test_shop_contract.py` needs to try it."""
