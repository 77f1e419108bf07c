"""Keys of rows as addresses and hidden fields name them."""


def as_key(text: str) -> int:
    """The number; 0, which no row has, where no row can have it.

    All columns of keys take nine digits; more, PostgreSQL or Python itself may refuse.
    """
    return int(text) if text.isdecimal() and len(text) < 10 else 0
