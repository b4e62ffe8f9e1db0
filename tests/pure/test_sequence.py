"""Numbers of documents: NUM-01 to NUM-06, and that counting never comes back (semantics 2.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.domain.sequence import following


@pytest.mark.parametrize(
    ("last", "following_one"),
    [
        pytest.param(None, "0000001", id="NUM-01 the first"),
        pytest.param("", "0000001", id="NUM-01 after an empty number"),
        pytest.param("0000099", "0000100", id="NUM-02 padding stays"),
        pytest.param("INV-099", "INV-100", id="NUM-03 prefix stays"),
        pytest.param("2026/9", "2026/10", id="NUM-04 only the trailing run counts"),
        pytest.param("9999999", "10000000", id="NUM-05 grows when full"),
        pytest.param("000D", "000E", id="NUM-06 letters count too"),
        pytest.param("00AZ", "00BA", id="NUM-06 Z carries to the letter before"),
        pytest.param("FB002017-394", "FB002017-395", id="the example of the help pages"),
        pytest.param("A9", "A10", id="a letter before digits is prefix"),
        pytest.param("0ZZ", "1AA", id="Z carries into a digit"),
        pytest.param("99Z", "100A", id="and through digits"),
        pytest.param("A9Z", "A10A", id="but not from a digit into a letter"),
        pytest.param("INV-Z", "INV-AA", id="letters grow when full"),
        pytest.param("z", "aa", id="lower case stays lower"),
        pytest.param("aZ", "bA", id="each place keeps its case"),
        pytest.param("INV-", "INV-1", id="nothing to count gets a 1"),
        pytest.param("7 (copy)", "7 (copy)1", id="a bracket is nothing to count"),
        pytest.param("№٣", "№٣1", id="digits of other scripts are text"),
    ],
)
def test_the_number_after(last: str | None, following_one: str) -> None:
    assert following(last) == following_one


@given(st.text(max_size=12))
def test_counting_never_comes_back_to_a_number(start: str) -> None:
    seen, number = {start}, start
    for _ in range(40):
        number = following(number)
        assert number not in seen
        seen.add(number)


@given(st.from_regex(r"[A-Z/-]{0,5}[0-9]{1,40}", fullmatch=True))
def test_trailing_digits_count_like_the_number_they_are(number: str) -> None:
    prefix = number.rstrip("0123456789")
    digits = number[len(prefix) :]
    assert following(number) == prefix + str(int(digits) + 1).rjust(len(digits), "0")
