"""Content files: YAML front matter and a Markdown body, checked by shape, each value with its line.

Terms and races are both kept this way; docs/content.md describes the two formats.
"""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, cast

import yaml
from frontmatter.default_handlers import YAMLHandler

type_names = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    datetime.date: "a date such as 2027-04-19",
    datetime.datetime: "a time with its zone, such as 2027-04-19T09:00:00+00:00",
}

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a content file, printed as `file:line: reason`."""

    file: str
    line: int
    reason: str
    # The path of the value, as in ContentFile.lines.
    where: KeyPath = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class ContentError(Exception):
    """Content files that can't be loaded; `problems` says which, where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass
class ContentFile:
    """A parsed file. `lines` maps the path of a value, as ("sources", 0, "url"), to its line."""

    path: FilePath
    data: dict[str, Any]
    body: str
    body_line: int
    lines: dict[KeyPath, int] = field(repr=False)
    # SHA-256 of the whole file.
    digest: str = ""

    @property
    def slug(self) -> str:
        return self.path.stem

    def line_of(self, *key_path: str | int) -> int:
        """The line of a value, or of the nearest thing around it when it is missing."""
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return self.lines.get(key_path, 1)

    def problem(self, reason: str, *key_path: str | int) -> Problem:
        return Problem(self.path.name, self.line_of(*key_path), reason, key_path)

    def body_problem(self, reason: str) -> Problem:
        return Problem(self.path.name, self.body_line, reason, ("body",))


def read(path: FilePath, shape: dict[str, Any]) -> ContentFile:
    """Read one file and check it against `shape`. Raises ContentError."""
    return parse(path, path.read_bytes(), shape)


def parse(path: FilePath, raw: bytes, shape: dict[str, Any]) -> ContentFile:
    """What the file holds, checked against `shape`. Raises ContentError.

    A shape maps a key to a type, to another shape, or to a list of one of these; a key that ends
    in "?" may be left out.
    """
    try:
        text = raw.decode().replace("\r\n", "\n").replace("\r", "\n")
        header, body = YAMLHandler().split(text)
    except UnicodeDecodeError:
        raise ContentError([Problem(path.name, 1, "the file is not UTF-8 text")]) from None
    except ValueError:
        reason = "the file must begin with '---', YAML, and '---' on a line of its own"
        raise ContentError([Problem(path.name, 1, reason)]) from None
    lines: dict[KeyPath, int] = {}
    try:
        _check_yaml(header)
        node = yaml.compose(header, Loader=Loader)
        problems = [
            Problem(path.name, line, f"“{key}” is given twice")
            for key, line in _collect_lines(node, (), lines)
        ]
        data = yaml.load(header, Loader=Loader)  # noqa: S506 - a safe loader, the fast one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = f"the YAML can't be read: {error.problem}"
        raise ContentError([Problem(path.name, line, reason)]) from None
    except (ValueError, yaml.YAMLError) as error:
        reason = f"the YAML can't be read: {str(error).splitlines()[0]}"
        raise ContentError([Problem(path.name, 1, reason)]) from None
    if not isinstance(data, dict):
        raise ContentError([Problem(path.name, 1, "the front matter must be a list of keys")])
    body_line = text.count("\n", 0, text.find(body.strip())) + 1
    digest = hashlib.sha256(text.encode()).hexdigest()
    file = ContentFile(path, data, body.strip(), body_line, lines, digest)
    problems += shape_problems(file, data, shape)
    if problems:
        raise ContentError(problems)
    return file


# Far more than any file has; composing deeper or larger ones would take the machine.
DEEPEST = 10
MOST_VALUES = 5_000


def _check_yaml(header: str) -> None:
    """Read the header piece by piece, building nothing. Raises MarkedYAMLError.

    An alias stands for what its anchor holds: of nested ones, a few bytes make gigabytes.
    """
    depth = 0
    for number, event in enumerate(yaml.parse(header, Loader=Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if getattr(event, "anchor", None):
            reason = "“&” and “*” name and repeat a value; write it out, or in quotes"
        elif depth > DEEPEST:
            reason = "it is nested too deep"
        elif number > MOST_VALUES:
            reason = "it holds too much"
        else:
            continue
        raise yaml.MarkedYAMLError(problem=reason, problem_mark=cast("Any", event.start_mark))


def read_folder(folder: FilePath, shape: dict[str, Any]) -> list[ContentFile]:
    """Every `.md` file of a folder, by name. Raises one ContentError with all that is wrong."""
    if not folder.is_dir():
        raise ContentError([Problem(str(folder), 1, "there is no such folder")])
    files: list[ContentFile] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.md")):
        try:
            files.append(read(path, shape))
        except ContentError as error:
            problems += error.problems
    if problems:
        raise ContentError(problems)
    return files


def _collect_lines(
    node: yaml.Node | None, key_path: KeyPath, lines: dict[KeyPath, int]
) -> Iterator[tuple[str, int]]:
    """Fill `lines`; yield the keys that are given twice, of which YAML silently keeps the last."""
    # The header begins behind the opening "---", with the rest of that line, hence + 1.
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*key_path, key.value)
            if inner in lines:
                yield key.value, key.start_mark.line + 1
            lines[inner] = key.start_mark.line + 1
            yield from _collect_lines(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*key_path, index)] = item.start_mark.line + 1
            yield from _collect_lines(item, (*key_path, index), lines)


def shape_problems(
    file: ContentFile, value: Any, shape: Any, key_path: KeyPath = ()
) -> Iterator[Problem]:
    """What of `value`, which stands at `key_path` of the file, is not of this shape."""
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in key_path)
    if isinstance(shape, list):
        if not isinstance(value, list):
            yield file.problem(f"“{name}” must be a list", *key_path)
            return
        for index, item in enumerate(value):
            yield from shape_problems(file, item, shape[0], (*key_path, index))
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            yield file.problem(f"“{name}” must have keys of its own", *key_path)
            return
        known = {key.rstrip("?"): (inner, key.endswith("?")) for key, inner in shape.items()}
        for key in value:
            if key not in known:
                yield file.problem(f"unknown key “{key}”", *key_path, key)
        for key, (inner, optional) in known.items():
            if key not in value:
                if not optional:
                    where = f" in “{name}”" if name else ""
                    yield file.problem(f"“{key}” is missing{where}", *key_path)
            elif not (optional and value[key] is None):
                yield from shape_problems(file, value[key], inner, (*key_path, key))
    elif not _is_a(value, shape):
        yield file.problem(f"“{name}” must be {type_names[shape]}", *key_path)


def _is_a(value: Any, kind: type) -> bool:
    # bool is an int and datetime is a date in Python; neither is meant here.
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is datetime.date:
        return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    if kind is datetime.datetime:
        return isinstance(value, datetime.datetime) and value.tzinfo is not None
    return isinstance(value, kind)
