"""Mutants of a module: the same source with one comparison, sum, constant, condition or yield changed.

A mutant is put in place wherever the module's names are known, and taken out again.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {
    "min": "max",
    "max": "min",
    "sum": "len",
    "NOT_ABOVE": "NOT_BELOW",
    "NOT_BELOW": "NOT_ABOVE",
    "all": "any",
    "any": "all",
}


@dataclass(frozen=True)
class Mutant:
    """One change of a module."""

    module: ModuleType
    line: int
    change: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.module.__name__}:{self.line}: {self.change}"


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Every mutant of a module's functions."""
    whole = ast.parse(inspect.getsource(module))
    for path, node in _places(whole):
        for change, swapped in _changes(node):
            tree = copy.deepcopy(whole)
            parent, name, index = _at(tree, path)
            if index is None:
                setattr(parent, name, swapped)
            else:
                getattr(parent, name)[index] = swapped
            yield Mutant(module, getattr(node, "lineno", 0), change, ast.fix_missing_locations(tree))


Step = tuple[str, int | None]


def _places(whole: ast.Module) -> Iterator[tuple[tuple[Step, ...], ast.AST]]:
    """Nodes within functions, with the way to them; no annotations, no texts."""

    def walk(node: ast.AST, path: tuple[Step, ...], inside: bool) -> Iterator[tuple[tuple[Step, ...], ast.AST]]:
        if inside:
            yield path, node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "args") and isinstance(
                node, ast.FunctionDef | ast.AnnAssign | ast.arg
            ):
                continue
            if isinstance(node, ast.JoinedStr):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(child, ast.AST):
                    yield from walk(child, (*path, (name, index)), inside or isinstance(node, ast.FunctionDef))

    return walk(whole, (), False)


def _at(tree: ast.AST, path: tuple[Step, ...]) -> tuple[ast.AST, str, int | None]:
    for name, index in path[:-1]:
        value = getattr(tree, name)
        tree = value if index is None else value[index]
    return tree, *path[-1]


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    text = ast.unparse(node)[:60] if not isinstance(node, ast.operator | ast.cmpop | ast.boolop) else ""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
        changed = copy.deepcopy(node)
        changed.ops[0] = OTHER[type(node.ops[0])]()  # type: ignore[call-overload]
        yield f"{text} -> {ast.unparse(changed)[:60]}", changed
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in OTHER:
        changed = copy.deepcopy(node)
        changed.op = OTHER[type(node.op)]()  # type: ignore[assignment]
        yield f"{text} -> {ast.unparse(changed)[:60]}", changed
    elif isinstance(node, ast.UnaryOp):
        yield f"{text} -> {ast.unparse(node.operand)}", node.operand
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield f"{text} -> {NAMES[node.id]}", ast.Name(NAMES[node.id], ast.Load())
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        value = (not node.value) if isinstance(node.value, bool) else node.value + 1
        yield f"{text} -> {value}", ast.Constant(value)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Call):
        if not isinstance(node.value, ast.Yield):
            yield f"{text} -> nothing", ast.Pass()
        else:
            yield f"{text} -> nothing", ast.If(ast.Constant(False), [node], [])  # still a generator
    elif isinstance(node, ast.If | ast.IfExp):
        for value in (True, False):
            changed = copy.copy(node)
            changed.test = ast.Constant(value)
            yield f"if {ast.unparse(node.test)[:60]} -> {value}", changed


@contextmanager
def in_place(mutant: Mutant) -> Iterator[None]:
    """The mutant's functions and classes in the module, and wherever else they were imported."""
    module = mutant.module
    namespace: dict[str, object] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(mutant.tree, module.__file__ or "", "exec"), namespace)
    own = {
        id(value): namespace[name]
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and name in namespace
    }
    before: list[tuple[ModuleType, str, object]] = []
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith(("solver", "tests.unit.solver")):
            for name, value in list(vars(other).items()):
                if id(value) in own:
                    before.append((other, name, value))
                    setattr(other, name, own[id(value)])
    try:
        yield
    finally:
        for other, name, value in before:
            setattr(other, name, value)
