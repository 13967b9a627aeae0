"""What tests of pages look at: a page as a browser sees it, and a tiny picture."""

import io
from html.parser import HTMLParser

from PIL import Image

VOID = {"meta", "img", "br", "link", "input", "hr", "wbr"}


class Page(HTMLParser):
    """What a browser would see: tags with attributes, words, and whether every tag is closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            words = " ".join(data.split()).replace("\N{EN DASH}", "-")
            self.text = f"{self.text} {words}".rstrip()

    def find(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def png(size=(12, 8)):
    buffer = io.BytesIO()
    Image.new("L", size).save(buffer, format="png")
    return buffer.getvalue()
