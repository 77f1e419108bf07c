"""Conditions (Q) asked of columns that are held in memory, as SQL asks them of a table.

So a rule of races.search.facets stands once. Only the lookups that it uses are known here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np
from django.db.models import F, Q, Value
from django.db.models.expressions import CombinedExpression

Array = np.ndarray[Any, Any]
NAN = float("nan")
COMPARED = {
    "exact": np.equal,
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}
LOOKUPS = {*COMPARED, "in", "range", "isnull"}
WEEK_DAY = "__iso_week_day"


def _number(value: Any) -> float:
    if value is None:
        return NAN
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, timedelta):
        return value.days
    return float(value)


@dataclass
class Column:
    """Numbers, where NaN is what SQL has as NULL; days are counted, moments in seconds. Of a
    column of texts they are places in `texts`.
    """

    numbers: Array
    texts: list[str] | None = None
    codes: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.codes = {text: code for code, text in enumerate(self.texts or [])}

    def number(self, value: Any) -> float:
        """A value as this column has it; of a text that it has not, one that is in no row."""
        return self.codes.get(value, -1) if isinstance(value, str) else _number(value)

    def at(self, rows: Array | slice) -> "Column":
        part = Column(self.numbers[rows])
        part.texts, part.codes = self.texts, self.codes
        return part


class _Reader:
    """One column, as it is read row by row."""

    def __init__(self) -> None:
        self.parts: list[Array] = []
        self.codes: dict[str, int] = {}

    def add(self, values: tuple[Any, ...]) -> None:
        kind: type = type(next((value for value in values if value is not None), None))
        if issubclass(kind, str):  # or a choice, of what is not saved yet
            codes = self.codes
            self.parts.append(
                np.array([codes.setdefault(value, len(codes)) for value in values], np.uint32)
            )
        elif kind in {int, float, bool, Decimal}:
            self.parts.append(np.array(values, np.float64))
        else:
            exact = np.float32 if kind is date else np.float64
            self.parts.append(np.array([_number(value) for value in values], exact))

    def column(self) -> Column:
        numbers = np.concatenate(self.parts) if self.parts else np.zeros(0)
        if not self.codes:
            return Column(numbers)
        return Column(numbers.astype(np.min_scalar_type(len(self.codes))), list(self.codes))


CHUNK = 10_000


class Table:
    """Columns of the same length by name, as the conditions name them."""

    def __init__(self, columns: Mapping[str, Column], size: int) -> None:
        self.columns, self.size = dict(columns), size

    @classmethod
    def of(cls, names: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> "Table":
        names = list(names)
        readers = [_Reader() for _ in names]
        size, chunk = 0, []
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                size += _read(readers, chunk)
        size += _read(readers, chunk)
        columns = (reader.column() for reader in readers)
        return cls(dict(zip(names, columns, strict=True)), size)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def at(self, rows: Array | slice) -> "Table":
        part = {name: column.at(rows) for name, column in self.columns.items()}
        size = len(range(*rows.indices(self.size))) if isinstance(rows, slice) else len(rows)
        return Table(part, size)

    def holds(self, condition: Q) -> Array:
        """Of each row, whether the condition is true of it. What compares with NULL is not."""
        masks = [
            self.holds(child) if isinstance(child, Q) else self._compared(child)
            for child in condition.children
        ]
        if not masks:
            return np.ones(self.size, bool)
        join = np.logical_or if condition.connector == Q.OR else np.logical_and
        mask = reduce(join, masks)
        return ~mask if condition.negated else mask

    def _compared(self, child: Any) -> Array:
        key, value = child
        name, _, lookup = key.rpartition("__")
        if lookup not in LOOKUPS:
            name, lookup = key, "exact"
        column = self._column(name)
        if lookup == "isnull" or value is None:
            empty = np.isnan(column.numbers)
            return empty if value is None or value else ~empty
        if lookup == "in":
            return np.isin(column.numbers, [column.number(one) for one in value])
        if lookup == "range":
            least, most = map(column.number, value)
            return (column.numbers >= least) & (column.numbers <= most)
        mask: Array = COMPARED[lookup](column.numbers, self._value(value, column))
        return mask

    def _column(self, name: str) -> Column:
        if name.endswith(WEEK_DAY):
            # The first day of the year 1 was a Monday.
            return Column((self[name.removesuffix(WEEK_DAY)].numbers - 1) % 7 + 1)
        return self[name]

    def _value(self, value: Any, column: Column) -> Any:
        if isinstance(value, F):
            return self._column(_name(value)).numbers
        if isinstance(value, Value):
            return column.number(value.value)
        if isinstance(value, CombinedExpression):
            left, right = self._value(value.lhs, column), self._value(value.rhs, column)
            return left * right if value.connector == "*" else left + right
        return column.number(value)


def _read(readers: list[_Reader], chunk: list[tuple[Any, ...]]) -> int:
    size = len(chunk)
    for reader, values in zip(readers, zip(*chunk, strict=True), strict=False):
        reader.add(values)
    chunk.clear()
    return size


def names_in(condition: Q) -> Iterator[str]:
    """The fields that a condition asks."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from names_in(child)
        else:
            yield from _names_in_pair(child)


def _names_in_pair(child: Any) -> Iterator[str]:
    key, value = child
    name, _, lookup = key.rpartition("__")
    yield (name if lookup in LOOKUPS else key).removesuffix(WEEK_DAY)
    yield from _names_in_value(value)


def _names_in_value(value: Any) -> Iterator[str]:
    if isinstance(value, F):
        yield _name(value).removesuffix(WEEK_DAY)
    elif isinstance(value, CombinedExpression):
        yield from _names_in_value(value.lhs)
        yield from _names_in_value(value.rhs)


def _name(field: Any) -> str:
    name: str = field.name
    return name
