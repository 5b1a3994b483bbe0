"""Tiny Shakespeare: a million characters of plays."""

from rnncore.tasks.corpora.fetch import fetch
from rnncore.tasks.text import Text


def tiny_shakespeare() -> Text:
    """The text of 1,115,394 characters, 65 different ones: 90 % to train on, 5 % and 5 %.

    Returns:
        `Text(train, valid, test)`, in the order in which it was written.

    Raises:
        OSError, ValueError: if the file cannot be had, or is another one; see `fetch`.

    Reference: Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks (2015),
        github.com/karpathy/char-rnn.
    """
    text = fetch("tinyshakespeare.txt").read_text(encoding="utf-8")
    first, second = len(text) * 90 // 100, len(text) * 95 // 100
    return Text(text[:first], text[first:second], text[second:])
