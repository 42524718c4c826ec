"""Reading the source as text: files, imports and functions, without importing anything."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hrm_core", "hrm_annotator")


@dataclass(frozen=True)
class Function:
    """A function or method, its dotted name within the file and its length in lines."""

    name: str
    lines: int


def python_files(*folders: str, root: Path = ROOT) -> list[Path]:
    """Every Python file below `folders`, sorted."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def relative(path: Path, root: Path = ROOT) -> str:
    """POSIX path below the root, as the exception lists write it."""
    return path.relative_to(root).as_posix()


def imported_modules(source: str) -> set[str]:
    """Full names of all modules a file imports, inside functions and by `importlib` too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            found.update(
                arg.value
                for arg in node.args[:1]
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )
    return found


def third_party(source: str) -> set[str]:
    """Top-level names of the libraries a file imports: neither Python's own nor ours."""
    tops = {name.partition(".")[0] for name in imported_modules(source)}
    return {top for top in tops if top not in sys.stdlib_module_names and top not in PACKAGES}


def functions(source: str) -> Iterator[Function]:
    """All functions of a file with their length, decorators and docstrings not counted.

    The house style asks for long docstrings; they must not be what is cut to
    keep a function short.
    """

    def walk(node: ast.AST, prefix: str) -> Iterator[Function]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(prefix + child.name, _lines(child) - _docstring_lines(child))
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.")
            else:
                yield from walk(child, prefix)

    yield from walk(ast.parse(source), "")


def _lines(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return 0 if ast.get_docstring(node) is None else _lines(node.body[0])


def text_files() -> list[Path]:
    """Text files that are, or are about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
