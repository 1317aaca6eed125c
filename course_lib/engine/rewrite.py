"""Rewriting graphs: patterns, rules, and one walk that applies them until none fits.

A rule is a pattern and a function. ``Rule(Ops.MUL, X, ONE)`` fits every product with 1, and its function says what to
put there instead:

>>> rules = Rules([(Pattern(Ops.MUL, X, constant(1)), lambda x: x)])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .uop import Ops, UOp

Found = dict[str, UOp]
COMMUTATIVE = frozenset({Ops.ADD, Ops.MUL, Ops.MAXIMUM, Ops.MINIMUM, Ops.AND, Ops.OR, Ops.XOR, Ops.EQ, Ops.NE})


class Pattern:
    """What a UOp must look like.

    Parameters
    ----------
    op: its operation, several to choose from, or None for any.
    sources: a pattern for each source; none given means that they may be anything. The order of two sources does not
        matter where it does not matter to the operation.
    name: the UOp that fits is given to the rule's function under this name; the same name twice means the same UOp.
    test: a further condition.
    """

    __slots__ = ("ops", "sources", "name", "test")

    def __init__(
        self,
        op: Ops | Iterable[Ops] | None = None,
        *sources: Pattern,
        name: str | None = None,
        test: Callable[[UOp], bool] | None = None,
    ) -> None:
        self.ops = None if op is None else frozenset([op] if isinstance(op, Ops) else op)
        self.sources, self.name, self.test = sources, name, test

    def match(self, node: UOp, found: Found) -> Found | None:
        """The named UOps if ``node`` fits, in addition to those in ``found``; else None."""
        if self.ops is not None and node.op not in self.ops or self.test is not None and not self.test(node):
            return None
        if self.name is not None:
            if found.get(self.name, node) is not node:
                return None
            found = {**found, self.name: node}
        if not self.sources:
            return found
        if len(self.sources) != len(node.src):
            return None
        result = self._match_sources(node.src, found)
        if result is None and node.op in COMMUTATIVE:
            result = self._match_sources(node.src[::-1], found)
        return result

    def _match_sources(self, src: tuple[UOp, ...], found: Found) -> Found | None:
        result: Found | None = found
        for pattern, source in zip(self.sources, src):
            result = pattern.match(source, result)
            if result is None:
                return None
        return result


def value_of(node: UOp) -> bool | int | float | None:
    """The number if this is one number, however stretched; else None."""
    while node.op in (Ops.EXPAND, Ops.RESHAPE) and node.src:  # without sources it is known by its numbers alone
        node = node.src[0]
    return node.arg if node.op is Ops.CONST else None


X, Y = Pattern(name="x"), Pattern(name="y")


def constant(value: bool | int | float) -> Pattern:
    """Fits this number, however stretched. 0 is not -0.0 here, and True is not 1."""
    wanted = repr(value), repr(float(value))
    return Pattern((Ops.CONST, Ops.EXPAND, Ops.RESHAPE), test=lambda node: repr(value_of(node)) in wanted)


class Rules:
    """A list of (pattern, function); the first that fits and does not return None wins."""

    def __init__(self, rules: Iterable[tuple[Pattern, Callable[..., UOp | None]]]) -> None:
        self._by_op: dict[Ops, list[tuple[Pattern, Callable[..., UOp | None]]]] = {op: [] for op in Ops}
        for pattern, function in rules:
            for op in Ops if pattern.ops is None else pattern.ops:
                self._by_op[op].append((pattern, function))

    def __call__(self, node: UOp) -> UOp | None:
        """What ``node`` becomes, or None if no rule fits."""
        for pattern, function in self._by_op[node.op]:
            found = pattern.match(node, {})
            if found is not None:
                better = function(**found)
                if better is not None and better is not node:
                    return better
        return None


def rewrite(
    roots: Iterable[UOp], rules: Callable[[UOp], UOp | None], leaf: Callable[[UOp], UOp | None] = lambda node: None
) -> dict[UOp, UOp]:
    """Apply rules to a graph, sources first, again and again until none fits anywhere.

    Parameters
    ----------
    roots: where the graph ends.
    rules: gives what a UOp becomes, or None.
    leaf: asked before a UOp's sources are looked at; what it gives is final.

    Returns
    -------
    dict: what each UOp of the graph became; many stay themselves.
    """
    done: dict[UOp, UOp] = {}
    becomes: dict[UOp, UOp] = {}  # a UOp and what it is waiting for
    for root in roots:
        stack = [root]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            if node in becomes:
                target = becomes[node]
                if target in done:
                    done[node] = done[target]
                    stack.pop()
                else:
                    stack.append(target)
                continue
            final = leaf(node)
            if final is not None:
                done[node] = final
                done.setdefault(final, final)
                stack.pop()
                continue
            waiting = [source for source in node.src if source not in done]
            if waiting:
                stack.extend(waiting)
                continue
            src = tuple([done[source] for source in node.src])
            new = node if src == node.src else UOp(node.op, node.dtype, src, node.arg)
            better = rules(new)
            if better is None and new is node:
                done[node] = node
                stack.pop()
            else:
                becomes[node] = new if better is None else better
    return done
