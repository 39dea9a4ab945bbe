"""Finds the fields of one page, depending on the kind of the document."""

from fields import PATTERNS, find

WANTED = {
    "invoice": ("date", "amount", "email"),
    "contract": ("date", "amount"),
    "letter": ("date", "email"),
}


def handler(event, context):
    """Answers the fields that were found on the page, each with all its values."""
    page = event["page"]
    wanted = WANTED.get(event["kind"], tuple(PATTERNS))
    found = {name: find(name, page["text"]) for name in wanted}
    return {"page": page["number"], "fields": {name: values for name, values in found.items() if values}}
