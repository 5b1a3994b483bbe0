"""Renders what students and instructors write in Markdown, without anything that could act on the reader."""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import unquote

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.grading.safe_html import TooMuchHtml, clean_html


def render_markdown(source: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Markdown as HTML, with the pictures that are attached to its cell and no others."""
    renderer = _Renderer(escape=False, attachments=dict(attachments or {}))
    page = MarkdownWithMath(renderer=renderer).render(source)
    try:
        return clean_html(page)
    except TooMuchHtml as error:
        return f"<p>[shown as it was typed: {error}]</p><pre>{escape(source)}</pre>"


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """The filter of this name in nbconvert's templates, which the formgrader uses for each text cell."""
    return render_markdown(source, context.get("cell", {}).get("attachments"))


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, which gives up on a whole notebook where a picture is missing; this one says so there.

    It names pictures that lie elsewhere instead of letting the reader's browser fetch them.
    """

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = unquote(url).removeprefix("attachment:")
        if url.startswith("attachment:"):
            if name not in self.attachments:
                return f"[picture missing: {escape(name)}]"
            url = f"attachment:{name}"
        elif not url.startswith("data:"):
            return f"[picture not loaded: {escape(url)}]"
        return super().image(text, url, title)
