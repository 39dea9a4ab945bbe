"""Accepts or refuses a document before anything is spent on it."""

from pathlib import PurePosixPath

ACCEPTED_TYPES = {".pdf", ".png", ".tif", ".tiff"}
LARGEST_SIZE = 20 * 1024 * 1024


def handler(event, context):
    """Answers whether the document goes on, and why not where it does not."""
    document = event["document"]
    reason = refusal(document["key"], document.get("size", 0))
    return {"accepted": reason is None, "reason": reason or "accepted"}


def refusal(key, size):
    """Returns why a document is refused, or nothing."""
    suffix = PurePosixPath(key).suffix.lower()
    if suffix not in ACCEPTED_TYPES:
        return f"files of type {suffix or '(none)'} are not read"
    if size <= 0:
        return "the file is empty"
    if size > LARGEST_SIZE:
        return f"the file has {size} bytes, and {LARGEST_SIZE} are allowed"
    return None
