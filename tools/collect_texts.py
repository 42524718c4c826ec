"""Every text of the window that is to be translated, as the source says it.

Run ``python tools/collect_texts.py`` to list them by file, ``--missing LANGUAGE`` to list
those without a translation as entries of a ``.po`` file.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Found", "Text", "all_words", "collect", "collect_from", "main", "untranslated", "untranslated_in"]

ROOT = Path(__file__).resolve().parents[1]
WINDOW = ROOT / "hrm_annotator"
CORE = ROOT / "hrm_core"
RESOURCES = ROOT / "resources"

# By function: names of the arguments that are texts, by place and by keyword.
_TAKERS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "tr": ((0, ""),),
    "trn": ((0, ""), (1, "")),
    "mark": ((0, ""),),
    "Command": ((0, "text"), (1, "tip")),
    "SubMenu": ((0, "title"),),
}
# Functions and methods that put their words before somebody's eyes or ears.
_SHOWING = frozenset(
    {"QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QListWidgetItem"}
    | {"setText", "setPlainText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setHeaderLabels"}
    | {"setAccessibleName", "setAccessibleDescription", "setInformativeText", "setTitle", "addRow"}
    | {"addTab", "addItem", "addMenu", "addButton", "show_message", "show_nothing", "setStatusTip"}
)
NAMES = frozenset({"HRM Annotator"})
"""Words that are the same in every language."""

# These make a text while the program runs: nobody can translate what is made.
_COMPOSED = (ast.JoinedStr, ast.BinOp)


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the source.

    Attributes
    ----------
    one, many : str
        In English; `many` is empty unless it is counted.
    place : str
        File and line.
    """

    one: str
    many: str
    place: str


@dataclass(slots=True)
class Found:
    """What a search came to.

    Attributes
    ----------
    texts : list of Text
        As they stand in the source.
    faults : list of str
        Places where something is given that is no literal text, and which.
    """

    texts: list[Text] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def collect(folder: Path = WINDOW) -> Found:
    """All texts below a folder."""
    found = Found()
    for path in sorted(folder.rglob("*.py")):
        more = collect_from(path.read_text(encoding="utf-8"), path.relative_to(folder.parent).as_posix())
        found.texts += more.texts
        found.faults += more.faults
    return found


def collect_from(source: str, name: str) -> Found:
    """All texts of one file.

    Parameters
    ----------
    source : str
        Python.
    name : str
        What the file is called in places.
    """
    found = Found()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "tr":
            found.faults.append(f"{name}:{node.lineno}: .tr() is Qt's, which has none of these texts")
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function not in _TAKERS or name.endswith("language/catalogue.py"):
            continue
        given = [_argument(node, place, keyword) for place, keyword in _TAKERS[function]]
        _take(function, given, f"{name}:{node.lineno}", found)
    return found


def _argument(call: ast.Call, place: int, keyword: str) -> ast.expr | None:
    if place < len(call.args):
        return call.args[place]
    return next((entry.value for entry in call.keywords if keyword and entry.arg == keyword), None)


def _take(function: str, given: Sequence[ast.expr | None], place: str, found: Found) -> None:
    choices = [list(_choices(entry)) for entry in given if entry is not None]
    for entry in (entry for entries in choices for entry in entries):
        composed = isinstance(entry, _COMPOSED) or _is_format(entry)
        # A name stands for a text that was marked where it is written.
        if composed or (function in ("mark", "trn") and not _is_text(entry)):
            found.faults.append(f"{place}: {function}({ast.unparse(entry)}) is no literal text")
    if function == "trn":
        literal = [entries[0].value for entries in choices if len(entries) == 1 and _is_text(entries[0])]
        if len(literal) == 2:
            found.texts.append(Text(str(literal[0]), str(literal[1]), place))
        return
    for entries in choices:
        found.texts += [
            Text(str(entry.value), "", place) for entry in entries if _is_text(entry) and entry.value
        ]


def _choices(entry: ast.expr) -> Iterator[ast.expr]:
    """An argument, or each of those it is chosen from."""
    if isinstance(entry, ast.IfExp):
        yield from _choices(entry.body)
        yield from _choices(entry.orelse)
    else:
        yield entry


def _is_text(entry: ast.expr) -> bool:
    return isinstance(entry, ast.Constant) and isinstance(entry.value, str)


def _is_format(entry: ast.expr) -> bool:
    return (
        isinstance(entry, ast.Call)
        and isinstance(entry.func, ast.Attribute)
        and entry.func.attr in ("format", "join", "replace")
    )


def untranslated(folder: Path = WINDOW) -> list[str]:
    """Places where words are shown as they stand in the source."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder.parent).as_posix()
        found += untranslated_in(path.read_text(encoding="utf-8"), name)
    return found


def untranslated_in(source: str, name: str) -> list[str]:
    """The same in one file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _shows(node):
            for entry in (each for argument in node.args for each in _choices(argument)):
                words = _spoken(entry)
                if words and words not in NAMES:
                    found.append(f"{name}:{node.lineno}: {ast.unparse(entry)}")
    return found


def _shows(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in _SHOWING
    if not isinstance(call.func, ast.Attribute):
        return False
    inner = call.func.value
    told = isinstance(inner, ast.Attribute) and inner.attr in ("refused", "told")
    return call.func.attr in _SHOWING or (call.func.attr == "emit" and told)


def _spoken(entry: ast.expr) -> str:
    """The words in a literal or in the fixed parts of an f-string; empty if there are none."""
    parts = entry.values if isinstance(entry, ast.JoinedStr) else [entry]
    texts = [str(part.value) for part in parts if isinstance(part, ast.Constant) and _is_text(part)]
    plain = re.sub(r"<[^>]*>|<.*|&\w+;", " ", " ".join(texts))
    return plain.strip() if re.search(r"[^\W\d_]{2}", plain) else ""


def all_words() -> str:
    """Everything that the program and its resources say, with a mark where a value is put in."""
    words: list[str] = []
    for path in sorted([*CORE.rglob("*.py"), *WINDOW.rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.append(node.value)
    for pattern in ("*.toml", "*.json"):
        words += [path.read_text(encoding="utf-8") for path in sorted(RESOURCES.rglob(pattern))]
    return "\0".join(words)


def _as_entry(text: Text) -> str:
    lines = [f"#: {text.place}", f"msgid {_quoted(text.one)}"]
    if text.many:
        return "\n".join([*lines, f"msgid_plural {_quoted(text.many)}", 'msgstr[0] ""'])
    return "\n".join([*lines, 'msgstr ""'])


def _quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text).replace("\n", "\\n") + '"'


def main(arguments: Sequence[str]) -> int:
    """List texts; the exit status is 1 if something given is no literal text."""
    parser = argparse.ArgumentParser(description="Texts of the window that are to be translated.")
    parser.add_argument("--missing", metavar="LANGUAGE", help="only what has no translation, as .po entries")
    parser.add_argument("folders", nargs="*", help="rooms of hrm_annotator; all if left out")
    options = parser.parse_args(arguments)
    found = collect()
    texts = {text.one: text for text in reversed(found.texts)}
    if options.missing:
        sys.path.insert(0, str(ROOT))
        from hrm_annotator.language.catalogue import load

        known = load(options.missing).texts
        texts = {one: text for one, text in texts.items() if not known.get(one)}
    for text in sorted(texts.values(), key=lambda entry: entry.place):
        room = text.place.split("/")[1].partition(":")[0]
        if not options.folders or room in options.folders:
            print(_as_entry(text) + "\n" if options.missing else f"{text.place}: {text.one}")
    print("\n".join(found.faults), file=sys.stderr, end="\n" if found.faults else "")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
