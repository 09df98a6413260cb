"""HTML that cannot be broken out of: what is not Markup is text, and is escaped.

    el("p", "A < B", class_="note")   # <p class="note">A &lt; B</p>
"""
import html
import re

VOID = {"input", "meta", "link"}


class Markup(str):
    """Text that is HTML already."""


def join(*content):
    return Markup("".join(one if isinstance(one, Markup) else html.escape(str(one))
                          for one in content if one is not None))


def el(tag, /, *content, **attributes):
    """An element. Of attributes None and False are left out and True stands alone; class_ is class,
    and aria_label aria-label."""
    told = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-")
        told.append(f" {word}" if value is True else f' {word}="{html.escape(str(value))}"')
    end = "" if tag in VOID else f"</{tag}>"
    return Markup(f"<{tag}{''.join(told)}>{join(*content)}{end}")


def fill(sentence, **parts):
    """A sentence in which {name} is each part, an element or text."""
    pieces = re.split(r"\{(\w+)\}", sentence)
    return join(*(parts[one] if i % 2 else one for i, one in enumerate(pieces)))
