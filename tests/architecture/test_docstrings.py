"""Every public name of hrm_core is explained, and its parameters are those it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import python_files, relative

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public_nodes(tree: ast.Module) -> Iterator[tuple[str, _Documented]]:
    """The module, its public classes and functions, and their public methods."""
    yield "module", tree

    def walk(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, _Documented]]:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_") or _is_variant(node):
                continue
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{prefix}{node.name}.")

    yield from walk(tree.body, "")


def undocumented(source: str) -> list[str]:
    """Names of public things without a docstring."""
    return [name for name, node in public_nodes(ast.parse(source)) if not ast.get_docstring(node)]


def wrong_parameters(source: str) -> list[str]:
    """Functions whose ``Parameters`` section names other parameters than they have."""
    wrong = []
    for name, node in public_nodes(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        named = _documented_parameters(ast.get_docstring(node) or "")
        if named and named != _parameters(node):
            wrong.append(f"{name}: documents {named}, has {_parameters(node)}")
    return wrong


def _is_variant(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Overloads, and the setters of a property that is documented already."""
    marks = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(mark.split(".")[-1] in {"overload", "setter", "deleter"} for mark in marks)


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    args = node.args
    listed = [*args.posonlyargs, *args.args, *([args.vararg] if args.vararg else []), *args.kwonlyargs]
    listed += [args.kwarg] if args.kwarg else []
    return [arg.arg for arg in listed if arg.arg not in {"self", "cls"}]


def _documented_parameters(docstring: str) -> list[str]:
    section = re.search(r"^Parameters\n-+\n(.*?)(?=\n\n?\w[^\n]*\n-+\n|\Z)", docstring, re.M | re.S)
    if section is None:
        return []
    heads = [line.split(":")[0] for line in section[1].splitlines() if line and not line.startswith(" ")]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


@pytest.mark.parametrize("path", python_files("hrm_core"), ids=relative)
def test_public_names_are_documented(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not undocumented(source)
    assert not wrong_parameters(source)


def test_a_missing_docstring_is_caught() -> None:
    source = '"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\ndef d(): ...\n'
    assert undocumented(source) == ["A.b", "d"]


def test_a_wrong_parameter_is_caught() -> None:
    section = "Parameters\n    ----------\n    {}\n        Words.\n\n    Returns\n    -------\n    int\n"
    source = 'def f(x, *, y=1):\n    """F.\n\n    ' + section + '    """\n'
    assert not wrong_parameters(source.format("x, y : int"))
    assert wrong_parameters(source.format("x : int\n    z : int"))
