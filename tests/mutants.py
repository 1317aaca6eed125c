"""Mutation testing of the checks: small changes of each reference, and the share of them that its questions notice.

    python -m tests.mutants [MODULE ...] [--seed N] [--most N]

Operators, comparisons, constants (axes among them), signs, conditions, variables, arguments, bounds, dropped
statements. A mutant that computes the same as the reference is listed under ``checks/equivalent/`` with the reason,
and not counted.
Exits with 1 if fewer than 95 % are caught over all, or 85 % of some piece's, or more than 5 % are called equivalent.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import sys
import tomllib
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from checks.language import load
from workshop import curriculum, judging
from workshop.paths import ROOT
from workshop.source import find, reference_text, split

ARITHMETIC = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Mult, ast.Div],
    ast.Mod: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
}
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
PAIRS = "min max|any all|sin cos|argmin argmax|floor ceil|log log1p|exp expm1|sum max|mean sum|zeros ones"
TWINS = {a: b for pair in PAIRS.split("|") for a, b in (pair.split(), pair.split()[::-1])}

SYMMETRIC = {"zip", "min", "max", "dot", "gcd", "isclose", "hypot", "maximum", "minimum"}  # a swap changes nothing


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def changes(node: ast.AST, variables: list[str]) -> Iterator[ast.AST]:
    """The nodes that could stand in place of one node, in a function with these local variables."""

    def edited(**fields: object) -> ast.AST:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    match node:
        case ast.BinOp() | ast.AugAssign():
            yield from (edited(op=other()) for other in ARITHMETIC.get(type(node.op), []))
            if isinstance(node, ast.BinOp) and type(node.op) in (ast.Sub, ast.Div, ast.Pow, ast.MatMult):
                yield edited(left=node.right, right=node.left)
        case ast.Compare(ops=[op]):
            yield from (edited(ops=[other()]) for other in COMPARISONS.get(type(op), []))
        case ast.BoolOp():
            yield edited(op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield edited(value=not node.value)
        case ast.Constant(value=int()):
            yield edited(value=node.value + 1)
            yield edited(value=node.value - 1)
        case ast.Constant(value=float()):
            yield edited(value=node.value * 2 + 0.5)
        case ast.IfExp() | ast.If() if not isinstance(node.test, ast.Constant):
            yield edited(test=ast.Constant(True))
            yield edited(test=ast.Constant(False))
        case ast.Subscript(slice=ast.Name() as index):
            yield edited(slice=ast.BinOp(index, ast.Add(), ast.Constant(1)))
            yield edited(slice=ast.BinOp(index, ast.Sub(), ast.Constant(1)))
        case ast.Slice():
            for bound in ("lower", "upper", "step"):
                if getattr(node, bound) is not None:
                    yield edited(**{bound: None})
        case ast.Call(args=[first, second, *_]) if _called(node) not in SYMMETRIC:
            yield edited(args=[second, first, *node.args[2:]])
        case ast.Call(func=ast.Name(id="range"), args=[stop]):
            yield edited(args=[ast.Constant(1), stop])
            yield edited(args=[ast.BinOp(stop, ast.Sub(), ast.Constant(1))])
        case ast.Call(args=[only], keywords=[]) if not isinstance(only, ast.GeneratorExp | ast.Starred):
            yield only
        case ast.Name(id=name) if name in TWINS and isinstance(node.ctx, ast.Load):
            yield edited(id=TWINS[name])
        case ast.Name(id=name) if name in variables and len(variables) > 1 and isinstance(node.ctx, ast.Load):
            at = variables.index(name)
            for other in sorted({variables[at - 1], variables[(at + 1) % len(variables)]} - {name}):
                yield edited(id=other)
        case ast.Attribute(attr=name) if name in TWINS:
            yield edited(attr=TWINS[name])
        case ast.Return(value=value) if value is not None:
            yield edited(value=None)
    if isinstance(node, ast.Call) and node.keywords:
        for i in range(len(node.keywords)):
            yield edited(keywords=node.keywords[:i] + node.keywords[i + 1 :])
    if isinstance(
        node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.For | ast.While | ast.Break | ast.Continue
    ):
        yield ast.Pass()


def _spots(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Every place under a node where a child stands; not the words of errors, annotations or docstrings."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            yield node, name, index
            if not isinstance(child, ast.Raise):
                yield from _spots(child)


def _statement(tree: ast.AST, line: int) -> str:
    """The first line of the innermost statement on a line."""
    holding = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno <= line <= n.end_lineno]
    return ast.unparse(min(holding, key=lambda n: (n.end_lineno - n.lineno, -n.lineno))).splitlines()[0]


def mutants(piece: str) -> dict[str, str]:
    """All mutants of a piece's reference: what was changed, and the changed source."""
    tree = ast.parse(reference_text(piece))
    node = find(tree, split(piece)[1].rpartition(".")[2])
    variables = sorted({n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)})
    variables += sorted({n.arg for n in ast.walk(node) if isinstance(n, ast.arg)} - {"self", "cls"})
    found = {}
    for parent, name, index in list(_spots(node)):
        value = getattr(parent, name)
        old = value if index is None else value[index]
        for new in list(changes(old, variables)):
            ast.copy_location(new, old)
            line, before = getattr(old, "lineno", node.lineno), _statement(tree, getattr(old, "lineno", node.lineno))

            def put(thing, value=value, index=index, parent=parent, name=name):
                if index is None:
                    setattr(parent, name, thing)
                else:
                    value[index] = thing

            put(new)
            try:
                ast.fix_missing_locations(tree)
                text = ast.unparse(node)
                after = _statement(tree, line)
            finally:
                put(old)
            if text != ast.unparse(node) and text not in found.values():
                label = (
                    f"{before}  =>  {after}" if after != before else f"{before}  =>  (inside) {ast.unparse(new)[:60]}"
                )
                while label in found:
                    label += " again"
                found[label] = text
    return found


def equivalent() -> dict[tuple[str, str], str]:
    paths = [*(ROOT / "checks" / "equivalent").glob("*.toml"), ROOT / "checks" / "equivalent.toml"]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.exists()]
    listed = [entry for text in texts for entry in tomllib.loads(text).get("equivalent", [])]
    return {(entry["piece"], entry["mutant"]): entry["why"] for entry in listed}


def caught(piece: str, text: str) -> bool:
    spec = load(piece)
    limited = copy.copy(spec)
    limited.seconds = min(spec.seconds, 3.0)
    return not judging.verdict_on(limited, text, explain=False).passed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mutants")
    parser.add_argument("modules", nargs="*", help="only pieces whose name contains one of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=60, help="mutants drawn of each piece")
    options = parser.parse_args(arguments)
    same, total, killed, skipped, bad = equivalent(), 0, 0, 0, []
    names = [p for p in curriculum.pieces() if not options.modules or any(m in p for m in options.modules)]
    if not names:
        parser.error(f"no piece of any lesson is named like {', '.join(options.modules)}")
    with ThreadPoolExecutor(2) as pool:
        for piece in names:
            drawn = list(mutants(piece).items())
            random.Random(options.seed + zlib.crc32(piece.encode())).shuffle(drawn)
            drawn = drawn[: options.most]
            alive = [(label, text) for label, text in drawn if (piece, label) not in same]
            results = list(pool.map(lambda item, piece=piece: caught(piece, item[1]), alive))
            share = sum(results) / len(results) if results else 1.0
            print(f"{share:6.1%}  {sum(results):3d} of {len(results):3d}  {piece}", flush=True)
            for (label, _), was_caught in zip(alive, results, strict=True):
                if not was_caught:
                    print(f"            survives: {label}")
            total, killed, skipped = total + len(results), killed + sum(results), skipped + len(drawn) - len(alive)
            if share < 0.85:
                bad.append(piece)
    overall = killed / total if total else 1.0
    print(f"{overall:.1%} of {total} mutants caught ({len(names)} pieces, seed {options.seed})")
    print(f"{skipped} equivalent ones left out")
    if bad:
        print("below 85 %: " + ", ".join(bad))
    return int(bool(bad) or overall < 0.95 or skipped > 0.05 * (total + skipped))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
