"""Spellings of JSON numbers, common and hostile."""

from hypothesis import strategies as st

HOSTILE = (
    *("1e9999999", "-1e9999999", "1e-9999999", "-1e-9999999", "0e9999999", "0.0e-9999999"),
    *("1E400", "1e999999", "1e1000000", "1e999999999999999999", "1e-999999999999999999"),
    *("1e1000000000000000000", "1e-1000000000000000000", "-0", "-0.0", "-0e-9999999", "5e-324"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "9" * 4300),
    *("9" * 4301, "0." + "0" * 5000 + "1", "1." + "0" * 5000, "9" * 4300 + "e-4300", "1e-1"),
    *("2147483648", "9007199254740993", "9999999999.995", "1.7976931348623159e308"),
)

_DIGITS = st.text("0123456789", max_size=30)
_EXPONENT_SIGNS = st.sampled_from(["e", "E", "e+", "e-", "E-"])

# Every text that RFC 8259 allows for a number, exponents far beyond any range included.
NUMBERS = st.sampled_from(HOSTILE) | st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.just("0") | st.builds("{}{}".format, st.sampled_from("123456789"), _DIGITS),
    st.just("") | st.builds(".{}{}".format, st.sampled_from("0123456789"), _DIGITS),
    st.just("") | st.builds("{}{}".format, _EXPONENT_SIGNS, st.integers(0, 10**20)),
)
