"""The fields that can be found on a page, and what each looks like."""

import re

PATTERNS = {
    "date": re.compile(r"\b\d{4}-\d{2}-\d{2}\b"),
    "amount": re.compile(r"\b(?:EUR|USD|GBP) \d{1,3}(?:[ ,]?\d{3})*(?:\.\d{2})?\b"),
    "email": re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"),
}


def find(name, text):
    """Returns the values of a field in the order in which they appear, each once."""
    return list(dict.fromkeys(PATTERNS[name].findall(text)))
