import pytest

from app.utils.printable_text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é 日本 😀", "plain, é 日本 😀"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\x1b[31m\x7f\x9b", "\\x1b[31m\\x7f\\x9b"),
        ("a\u202eb\u200b\u2066", "a\\u202eb\\u200b\\u2066"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85"),
        ("\ud800", "\\ud800"),
        ("\ue000\U000e0001", "\\ue000\\U000e0001"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_execute_or_hide_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["x" * 11, "\x1b" * 3, "x" * 10_000_000])
def test_long_text_is_cut(text: str) -> None:
    shown = printable(text, limit=10)

    assert len(shown) == 10
    assert shown.endswith("…")


def test_text_of_the_limit_is_not_cut() -> None:
    assert printable("x" * 10, limit=10) == "x" * 10
