"""Collect the sentences that ``hrm_core`` makes, as templates that a catalogue can translate.

The core speaks English, and the window translates at its border: the f-string
``f"Clip {clip.number} is excluded ({clip.why})."`` becomes the template
``"Clip {number} is excluded ({why})."``.  Run ``python tools/collect_core_texts.py``
to list all, ``--missing zh_CN`` for those without a translation as entries of a ``.po`` file.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["BY_HAND", "CoreText", "collect_core", "collect_core_from", "fault", "main", "sample"]

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "hrm_core"

# The command line stays English.
_LEFT_OUT = ("cli", "migrations")
_MOST_VARIANTS = 32
# At least this much of a template must be its own; keys such as "privacy." are no words.
_WORDS = re.compile(r"[A-Za-z]{3,}(?!\w*\.$)")
_HOLE = re.compile(r"\{(\w+)\}")
# Two English words in a row were forgotten, if they are no command, option or name of a thing.
_FORGOTTEN = re.compile(r"[a-z]{2,} [a-z]{2,}")
_NAMES = re.compile(
    r"\bhrm( [a-z-]+)+( [A-Z]+)*|--[a-z0-9-]+( [a-z]+)?|pip install \S+|https?\S+"
    r"|'[^']*'|“[^”]*”|Behavior type"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Values that are words themselves; all others are sampled as numbers.
_SAMPLES = {"frames_in_words": "frames 71–72", "counted": "71 frames", "capitalize": "Frames 71–72"}

# The roots of the error tree stand in hrm_core/errors.py; rooms add their own below them.
_ROOT_ERROR = "UserError"
BY_HAND = (
    # frames_in_words() and names_of() put these together.
    "frame {frame}",
    "frames {frames}",
    "frames {frames} and {count} more runs",
    "{names} and {count} more actions",
    # A conflict begins with the frames, whose first letter it makes a capital.
    "Frame {frame} was changed by another window or program since shown here: choose which version to keep.",
    "Frames {frames} were changed by another window or program since shown here: "
    "choose which version to keep.",
    "Frame {frame} was changed since the file was compared with the project: nothing was imported; "
    "look at the report again.",
    "Frames {frames} were changed since the file was compared with the project: nothing was imported; "
    "look at the report again.",
)
"""Templates of sentences that are put together where no search sees it."""
_PUT_TOGETHER = "F{where}"


@dataclass(frozen=True)
class Hole:
    """A value in a sentence, by the name it will have."""

    name: str


Parts = tuple["str | Hole", ...]


@dataclass(frozen=True, order=True)
class CoreText:
    """A template, and where it is made.

    Attributes
    ----------
    template : str
        English, with named values as ``{frame}``.
    place : str
        ``"hrm_core/store/clips.py:120"``.
    whole : bool
        Whether it is a sentence; else a piece that is put into sentences.
    """

    template: str
    place: str
    whole: bool = True


@dataclass
class _Module:
    """What one file says."""

    file: str
    tree: ast.Module
    errors: frozenset[str]
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict)
    texts: dict[str, CoreText] = field(default_factory=dict)
    followed: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = node
            elif isinstance(node, ast.Call):
                self.calls.setdefault(_called(node), []).append(node)

    def collect(self) -> dict[str, CoreText]:
        """Every template of the file."""
        self._visit(self.tree, None)
        return self.texts

    def _visit(self, node: ast.AST, function: ast.FunctionDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                self._look_at(child, function)
            self._visit(child, child if isinstance(child, ast.FunctionDef) else function)

    def _look_at(self, call: ast.Call, function: ast.FunctionDef | None) -> None:
        name = _called(call)
        if not call.args:
            return
        if name in self.errors or (name == "start" and isinstance(call.func, ast.Attribute)):
            self._say(call.args[0], function, whole=True)
        elif name == "counted" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
            noun = str(call.args[1].value)
            self._keep(f"{{count}} {noun}", call.lineno, whole=False)
            self._keep(f"{{count}} {noun}s", call.lineno, whole=False)

    def _say(self, node: ast.expr, function: ast.FunctionDef | None, *, whole: bool) -> None:
        for parts in itertools.islice(self._expand(node, function, whole=whole), _MOST_VARIANTS):
            self._keep(template_of(parts), node.lineno, whole=whole)

    def _keep(self, template: str, line: int, *, whole: bool) -> None:
        if template.startswith(_PUT_TOGETHER) or not _WORDS.search(_HOLE.sub("", template)):
            return
        where = f"{self.file}:{line}"
        if template not in self.texts or whole:
            self.texts[template] = CoreText(template, where, whole)

    def _expand(self, node: ast.expr, function: ast.FunctionDef | None, *, whole: bool) -> Iterator[Parts]:
        """All ways in which an expression can become words."""
        if isinstance(node, ast.Constant):
            yield (str(node.value),) if isinstance(node.value, str) else (Hole("value"),)
        elif isinstance(node, ast.JoinedStr):
            pieces = [list(self._expand(part, function, whole=False)) for part in node.values]
            for chosen in itertools.product(*pieces):
                yield tuple(itertools.chain.from_iterable(chosen))
        elif isinstance(node, ast.FormattedValue):
            if node.conversion == -1:
                yield from self._expand(node.value, function, whole=False)
            else:
                yield (Hole(_name(node.value)),)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _has_text(node):
            left = list(self._expand(node.left, function, whole=False))
            right = list(self._expand(node.right, function, whole=False))
            yield from (one + other for one, other in itertools.product(left, right))
        elif isinstance(node, ast.IfExp):
            yield from self._expand(node.body, function, whole=whole)
            yield from self._expand(node.orelse, function, whole=whole)
        elif (inner := self._optional(node, function)) is not None:
            yield from self._expand(inner, function, whole=False)
        else:
            self._follow(node, function, whole=whole)
            yield (Hole(_name(node)),)

    def _optional(self, node: ast.expr, function: ast.FunctionDef | None) -> ast.expr | None:
        """What is put in or left out as a whole, such as ``" and more"``, or a text of the module."""
        if not isinstance(node, ast.Name):
            return None
        for inner in ast.walk(function) if function is not None else ():
            if isinstance(inner, ast.Assign) and _assigns(inner, node.id):
                value = inner.value
                empty = isinstance(value, ast.IfExp) and any(
                    isinstance(branch, ast.Constant) and branch.value == ""
                    for branch in (value.body, value.orelse)
                )
                return value if empty and _has_text(value) else None
        for inner in self.tree.body:
            if isinstance(inner, ast.Assign) and _assigns(inner, node.id):
                value = inner.value
                sentence = isinstance(value, ast.Constant) and " " in str(value.value)
                return value if sentence else None
        return None

    def _follow(self, node: ast.expr, function: ast.FunctionDef | None, *, whole: bool) -> None:
        """Collect what a name or a call of this file can stand for."""
        if isinstance(node, ast.Call) and (called := self.functions.get(_called(node))):
            self._follow_returns(called, whole=whole)
        elif isinstance(node, ast.Name) and function is not None:
            key = (f"{function.lineno}", node.id)
            if key in self.followed:
                return
            self.followed.add(key)
            for inner in ast.walk(function):
                if isinstance(inner, ast.Assign) and _assigns(inner, node.id):
                    self._say_words(inner.value, function, whole=whole)
            for given in self._given(function, node.id):
                self._say_words(given, None, whole=whole)

    def _follow_returns(self, called: ast.FunctionDef, *, whole: bool) -> None:
        if ("return", called.name) in self.followed:
            return
        self.followed.add(("return", called.name))
        for inner in ast.walk(called):
            if isinstance(inner, ast.Return) and inner.value is not None:
                self._say_words(inner.value, called, whole=whole)

    def _say_words(self, node: ast.expr, function: ast.FunctionDef | None, *, whole: bool) -> None:
        """Collect an expression if it is made of words here."""
        if isinstance(node, (ast.Constant, ast.JoinedStr, ast.IfExp, ast.BinOp)):
            self._say(node, function, whole=whole)
        elif isinstance(node, (ast.Name, ast.Call)):
            self._follow(node, function, whole=whole)

    def _given(self, function: ast.FunctionDef, parameter: str) -> Iterator[ast.expr]:
        """What the calls in this file give for a parameter."""
        names = [argument.arg for argument in function.args.args]
        if parameter not in names and parameter not in [one.arg for one in function.args.kwonlyargs]:
            return
        for call in self.calls.get(function.name, []):
            place = names.index(parameter) if parameter in names else -1
            if names and names[0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
                place -= 1
            if 0 <= place < len(call.args):
                yield call.args[place]
            yield from (keyword.value for keyword in call.keywords if keyword.arg == parameter)


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _has_text(node: ast.AST) -> bool:
    """Whether an expression has words of its own: sums of numbers have none."""
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(node))


def _called(call: ast.Call) -> str:
    """Name of what is called, without what stands before its last point."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _name(node: ast.expr) -> str:
    """What a value is called in a template."""
    if isinstance(node, ast.Call) and _called(node) in ("len", "int"):
        found = "count"
    elif isinstance(node, ast.Name):
        found = node.id
    elif isinstance(node, ast.Attribute):
        found = node.attr
    elif isinstance(node, ast.Call):
        found = _called(node)
    elif isinstance(node, ast.BoolOp):
        found = _name(node.values[0])
    elif isinstance(node, ast.Subscript):
        found = _name(node.value)
    elif isinstance(node, ast.BinOp):
        found = _name(node.left)
    else:
        found = "value"
    return found.strip("_").lower() or "value"


def template_of(parts: Parts) -> str:
    """The template of a sentence; a name that is doubled gets a number."""
    written, seen = "", dict[str, int]()
    for part in parts:
        if isinstance(part, str):
            written += part
            continue
        seen[part.name] = number = seen.get(part.name, 0) + 1
        written += f"{{{part.name}{number if number > 1 else ''}}}"
    return written


def user_errors(trees: list[ast.Module]) -> frozenset[str]:
    """Names of ``UserError`` and of every class below it."""
    found, before = {_ROOT_ERROR}, 0
    while len(found) > before:
        before = len(found)
        found |= {
            node.name
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and found & {ast.unparse(base) for base in node.bases}
        }
    return frozenset(found)


def collect_core_from(source: str, place: str, errors: frozenset[str] | None = None) -> list[CoreText]:
    """Templates of one source text; `errors` are the classes whose first argument is a sentence."""
    tree = ast.parse(source)
    return list(_Module(place, tree, errors or user_errors([tree])).collect().values())


def collect_core() -> list[CoreText]:
    """Every template of the core that the window may have to say, in the order of the files."""
    files = [
        path for path in sorted(CORE.rglob("*.py")) if not set(_LEFT_OUT) & set(path.relative_to(CORE).parts)
    ]
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    errors = user_errors([ast.parse(source) for source in sources.values()])
    texts = {template: CoreText(template, "put together", False) for template in BY_HAND}
    for place, source in sources.items():
        for text in collect_core_from(source, place, errors):
            texts.setdefault(text.template, text)
    return list(texts.values())


def sample(template: str) -> tuple[str, list[str]]:
    """A sentence as the core could say it, and the numbers that stand in it as values."""
    names = list(dict.fromkeys(_HOLE.findall(template)))
    values = {name: _SAMPLES.get(name, str(71 + place)) for place, name in enumerate(names)}
    sentence = _HOLE.sub(lambda hole: values[hole[1]], template)
    return sentence, re.findall(r"\d+", sentence)


def fault(template: str, translated: str) -> str:
    """What is wrong with the translation of the sample of a template; empty if nothing.

    Parameters
    ----------
    template : str
        In English.
    translated : str
        What :func:`~hrm_annotator.language.said` makes of its sample.
    """
    sentence, numbers = sample(template)
    if translated == sentence or not _HAN.search(translated):
        return "not translated"
    if _FORGOTTEN.search(_NAMES.sub("", translated)):
        return f"cut wrongly, or half of it: {translated}"
    lost = [number for number in numbers if number not in translated]
    return f"lost {', '.join(lost)}: {translated}" if lost else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """List the templates, or those without a translation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missing", metavar="LANGUAGE")
    language = parser.parse_args(arguments).missing
    if not language:
        print("\n".join(f"{text.place}: {text.template}" for text in collect_core()))
        return 0
    # Only here: a list of what the core says needs no window.
    sys.path.insert(0, str(ROOT))
    from hrm_annotator.language.catalogue import load

    catalogue = load(language)
    for text in collect_core():
        if why := fault(text.template, catalogue.find(sample(text.template)[0])):
            msgid = text.template.replace("\\", "\\\\").replace('"', '\\"')
            print(f'#: {text.place} ({why})\nmsgid "{msgid}"\nmsgstr ""\n')
    return 0


if __name__ == "__main__":
    sys.exit(main())
