"""Cells of a table that a spreadsheet will open."""

import re

# What it takes for a formula; the apostrophe in front of it says that it is text.
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def quoted(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
