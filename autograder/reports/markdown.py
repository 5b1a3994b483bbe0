"""Renders what students and instructors write in Markdown, without anything that could act on the reader."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import unquote

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")


def render_markdown(source: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Markdown as HTML, with the pictures that are attached to its cell."""
    renderer = _Renderer(escape=False, attachments=dict(attachments or {}))
    page = MarkdownWithMath(renderer=renderer).render(source)
    return nh3.clean(page, url_schemes=nh3.ALLOWED_URL_SCHEMES | {"data"}, attribute_filter=_only_pictures)


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """The filter of this name in nbconvert's templates, which the formgrader uses for each text cell."""
    return render_markdown(source, context.get("cell", {}).get("attachments"))


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, which gives up on a whole notebook where a picture is missing; this one says so there."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = unquote(url).removeprefix("attachment:")
        if url.startswith("attachment:"):
            if name not in self.attachments:
                return f"[picture missing: {escape(name)}]"
            url = f"attachment:{name}"
        return super().image(text, url, title)


def _only_pictures(tag: str, attribute: str, value: str) -> str | None:
    """Of data URLs, let only pictures through."""
    if not re.match(r"\s*data:", value, re.I):
        return value
    return value if (tag, attribute) == ("img", "src") and _PICTURE.fullmatch(value) else None
