from tests.widgets.regenerate import ROOT, render_widgets


def test_the_test_domain_is_what_the_generator_writes() -> None:
    texts = render_widgets()

    different = [path for path, text in texts.items() if (ROOT / path).read_text() != text]

    assert different == [], "run `python -m tests.widgets.regenerate`"
