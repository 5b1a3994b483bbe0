"""What students and instructors write in Markdown. Oracle: the tags and attributes of the page."""

import pytest

from autograder.reports.markdown import render_markdown

PNG = "iVBORw0KGgo="


def test_text_equations_and_code_are_rendered():
    page = render_markdown("**Bold** and $c_t = f_t c_{t-1}$\n\n- a\n- b")
    assert "<strong>Bold</strong>" in page
    assert "$c_t = f_t c_{t-1}$" in page
    assert page.count("<li>") == 2


@pytest.mark.parametrize("name", ["a.png", "a b.png", "ä.png"])
def test_an_attached_picture_is_shown(name):
    page = render_markdown(f"![alt](<attachment:{name}>)", {name: {"image/png": PNG}})
    assert f'<img src="data:image/png;base64,{PNG}" alt="alt">' in page


@pytest.mark.parametrize("url", ["http://x.example/a.png", "//x.example/a.png", "/api/contents", "a.png"])
def test_no_picture_is_fetched(url):
    page = render_markdown(f"![alt]({url}) and <img src={url} alt=raw> [link]({url})")
    assert f"[picture not loaded: {url}]" in page
    assert '<img alt="raw">' in page
    assert f'<a href="{url}"' in page


def test_html_that_is_nested_too_deeply_is_shown_as_it_was_typed():
    page = render_markdown("<div>" * 200 + "**text**")
    assert "nested more than 100 deep" in page
    assert "&lt;div&gt;" in page
    assert "<div>" not in page


def test_a_missing_picture_is_named_and_costs_nothing_else():
    page = render_markdown("before ![x](attachment:no.png) after <b>bold</b>")
    assert "before [picture missing: no.png] after <b>bold</b>" in page


@pytest.mark.parametrize(
    "source",
    [
        "<script>canary()</script>",
        "<img src=x onerror=canary()>",
        "[x](javascript:canary())",
        "[x](data:text/html,canary)",
        "<a href='data:image/png;base64,iVBORw0KGgo='>canary</a>",
        "<img src='data:image/svg+xml;base64,canary'>",
        "<img src=' DATA:text/html,canary'>",
        "<iframe src=canary></iframe>",
        "![x](attachment:<script>canary()</script>)",
        "<svg onload=canary()>",
    ],
)
def test_nothing_acts_on_the_reader(source):
    page = render_markdown(source)
    for sign in (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        'href="data:',
        "<iframe",
        "<svg",
        "data:text",
        "svg+xml",
    ):
        assert sign not in page.lower()
