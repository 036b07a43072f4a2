"""The demo's shop is a file of this machine."""

from tests.proofs import ElsewhereShop

PROOF = ElsewhereShop(
    file="tests/test_demo_shop.py",
    tests=(
        "test_it_is_a_shop_to_the_desk",
        "test_an_order_is_the_same_after_a_round_trip_through_the_contracts_json",
    ),
)
