"""Exports are files of this machine."""

from tests.proofs import ElsewhereShop

PROOF = ElsewhereShop(
    file="tests/test_shop_files.py",
    tests=(
        "test_rows_of_one_number_are_one_order_whatever_columns_are_called",
        "test_a_row_that_can_t_be_read_is_left_out_and_named_by_file_and_line",
        "test_a_place_that_is_not_there_is_said_at_the_start_and_later",
    ),
)
