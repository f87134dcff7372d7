"""A file that cannot be taken, in a sentence for a person who is no programmer."""


class UnreadableError(Exception):
    """The file cannot be taken; the message is the sentence."""


def printable(text: object, most: int = 64) -> str:
    """Text from a header with nothing in it that a terminal would obey."""
    return "".join(letter for letter in str(text) if letter.isprintable())[:most].strip()
