"""From blocks of statements to the text of a kernel in C; ``render_opencl.py`` puts OpenCL's functions around it."""

from __future__ import annotations

from collections import Counter
from itertools import count

from . import provenance
from .cstyle import C, Dialect
from .dtype import DType, dtypes
from .interpret import identity_of
from .kernel import FIRST_INNER
from .linearize import Block, Update, linearize
from .lower import Nest, Program, Store
from .symbolic import bounds
from .uop import Ops, UOp

# Operations in whose text each source stands once, so that a longer text may stand there.
SIMPLE = frozenset(
    {Ops.ADD, Ops.SUB, Ops.MUL, Ops.DIV, Ops.LT, Ops.LE, Ops.EQ, Ops.NE, Ops.AND, Ops.OR, Ops.NEG, Ops.NOT}
)
COMPARISONS = (Ops.LT, Ops.LE, Ops.EQ, Ops.NE)
INDEX_ARITHMETIC = {Ops.ADD: "+", Ops.MUL: "*"}
LONGEST = 60  # characters of a text that is put into another

OUTSIDE = -1  # in the place of an axis: a kernel left one of its buffers

# Only the first index that is wrong is noted, in OpenCL that of whoever comes first.
CHECK = """
static inline int64_t check_index(int64_t i, int64_t size, int64_t axis, {space}int64_t *error) {{
    if (0 <= i && i < size) return i;
    if ({first}) {{ error[0] = 1; error[1] = i; error[2] = size; error[3] = axis; }}
    return 0;
}}
"""
FIRST_IN_C = "error[0] == 0"
FIRST_IN_OPENCL = "atomic_cmpxchg((volatile __global int *)error, 0, 1) == 0"


def is_short(node: UOp) -> bool:
    """Whether 32 bits would be enough for an index."""
    return node.dtype is dtypes.int64 and max(map(abs, bounds(node))) < 1 << 31


def accumulator_dtype(node: UOp) -> DType:
    """In which dtype a running result is kept: sums of float32 in float64, as errors would add up otherwise."""
    if node.dtype is dtypes.float32 and node.arg is Ops.ADD:
        return dtypes.float64
    return dtypes.float32 if node.dtype in (dtypes.float16, dtypes.bfloat16) else node.dtype


class Renderer:
    """Writes the loops of one nest; see ``render_c`` and ``render_opencl``.

    Passes are subclasses that write some of it in another way: mostly ``outside`` (around all loops), ``turns`` (one
    loop), ``limits`` (where it begins and ends), ``update`` (one step of a sum), ``expression`` or ``store``.
    """

    in_any_order = True  # whether the turns of the nest's loops do not need each other

    def __init__(self, dialect: Dialect, program: Program) -> None:
        self.dialect, self.program = dialect, program
        self.lines: list[str] = []
        self.numbers = count()  # for names
        self.text: dict[UOp, str] = {}  # the name of a value, or its whole text if it needs no variable
        self.place: dict[UOp, Block] = {}  # the block that computes it
        self.used: Counter[UOp] = Counter()  # how often it is used
        self.user: dict[UOp, UOp | Store | Update] = {}  # by what, if once
        self.written: set[UOp] = set()  # buffers
        self.arrays: dict[UOp | None, list[str]] = {}  # definitions at the start of a loop's turns
        self.guarded = provenance.version() != 0  # part of the compiler is new: better see where it reads and writes

    # -- names

    def name(self, node: UOp) -> str:
        """How a value is called, or its text if it is a leaf or stands in only one place."""
        if node.op is Ops.CONST:
            return self.dialect.literal(node.dtype, node.arg)
        if node.op is Ops.SCALAR:
            return f"s{node.arg}"
        if node.op is Ops.RANGE:
            return f"i{node.arg[0]}" if node.arg[0] < FIRST_INNER else f"r{node.arg[0] - FIRST_INNER}"
        return self.text[node]

    def expression(self, node: UOp) -> str:
        """The C text of one operation on named values."""
        if node.op is Ops.LOAD:
            element = self.dialect.load(node.dtype, f"p{node.src[0].arg[0]}", self.inside(node.src[0], node.src[1]))
            if len(node.src) == 2:
                return element
            return f"({self.name(node.src[2])} ? {element} : {self.dialect.literal(node.dtype, 0)})"
        if node.op is Ops.CHECKED:
            value = self.name(node.src[0])
            value = value if len(node.src) == 1 else f"({self.name(node.src[1])} ? {value} : 0)"
            return f"check_index({value}, {node.arg[0]}, {node.arg[1]}, error)"
        sources = [self.name(source) for source in node.src]
        if node.op in INDEX_ARITHMETIC and node.dtype is dtypes.int64 and max(map(abs, bounds(node))) < 1 << 62:
            return f"({sources[0]} {INDEX_ARITHMETIC[node.op]} {sources[1]})"  # far from overflowing
        if node.op in (Ops.FLOORDIV, Ops.MOD) and node.src[1].op is Ops.CONST and node.src[1].arg > 0:
            if node.dtype.is_int and bounds(node.src[0])[0] >= 0:
                return f"({sources[0]} {'/' if node.op is Ops.FLOORDIV else '%'} {sources[1]})"
        if node.op in COMPARISONS and all(is_short(source) for source in node.src):
            sources = [f"(int32_t){source}" for source in sources]  # twice as many at once
        return self.dialect.expression(node.op, node.dtype, [source.dtype for source in node.src], sources)

    def inside(self, param: UOp, index: UOp) -> str:
        """The text of an index into a buffer, checked if the compiler is not to be trusted."""
        text = self.bare(index)
        return f"check_index({text}, {param.arg[1]}, {OUTSIDE}, error)" if self.guarded else text

    def bare(self, node: UOp) -> str:
        """The text of an index, without the parentheses around all of it."""
        text = self.name(node)
        return text[1:-1] if text.startswith("(") and closes_at_end(text) else text

    def stands_alone(self, node: UOp, block: Block) -> bool:
        """Whether a value needs no variable: it is used once, nearby, and its text is short."""
        user = self.user.get(node)
        if self.used[node] != 1 or len(self.text[node]) > LONGEST or isinstance(user, Update):
            return False
        if isinstance(user, Store):  # an index, or a value computed where it is stored
            return node is user.index or len(self.written) == 1 and node.op is not Ops.LOAD
        if node.op is Ops.LOAD and node.src[0] in self.written:
            return False
        simple = user.op in SIMPLE or user.op is Ops.LOAD and node is user.src[1]
        return simple and self.place.get(user) is block

    # -- statements

    def line(self, text: str, depth: int) -> None:
        """Add a line, indented so many times."""
        self.lines.append("    " * depth + text)

    def nest(self, nest: Nest, depth: int = 1) -> None:
        """Write a nest."""
        root = linearize(nest)
        self.in_any_order = nest.in_any_order
        self.count(root, nest)
        self.block(self.outside(root, nest, depth), depth)

    def outside(self, root: Block, nest: Nest, depth: int) -> Block:
        """Write what stands around the loops; returns what is left to be written."""
        return root

    def count(self, block: Block, nest: Nest) -> None:
        """Note where each value is computed, by what it is used and how often."""
        stack = [block]
        self.written = {store.param for store in nest.stores}
        while stack:
            block = stack.pop()
            for item in block.items:
                if isinstance(item, Block):
                    stack.append(item)
                    continue
                sources = item.src if isinstance(item, UOp) else ()
                if isinstance(item, Store):
                    sources = (item.index, item.value)
                elif isinstance(item, Update):
                    sources = item.accumulator.src[:1]
                else:
                    self.place[item] = block
                for source in sources:
                    self.used[source] += 1
                    self.user[source] = item

    def block(self, block: Block, depth: int) -> None:
        """Write what stands in a block, in order."""
        for text in self.arrays.get(block.loop, ()):
            self.line(text, depth)
        for item in block.items:
            if isinstance(item, Block):
                self.loop(item, depth)
            elif isinstance(item, Store):
                self.store(item, depth)
            elif isinstance(item, Update):
                self.update(item.accumulator, depth)
            else:
                self.text[item] = self.expression(item)
                if not self.stands_alone(item, block):
                    name = f"v{next(self.numbers)}"
                    self.line(f"const {self.dialect.type_of(item.dtype)} {name} = {self.text[item]};", depth)
                    self.text[item] = name

    def loop(self, block: Block, depth: int) -> None:
        """A loop with what comes before and after it."""
        self.start(block, depth)
        self.turns(block, depth)
        self.finish(block)

    def start(self, block: Block, depth: int) -> None:
        """Set the accumulators of a loop to their start values."""
        for node in block.starts:
            dtype = accumulator_dtype(node)
            self.text[node] = f"a{next(self.numbers)}"
            start = self.dialect.literal(dtype, identity_of(node.arg, dtype))
            self.line(f"{self.dialect.type_of(dtype)} {self.text[node]} = {start};", depth)

    def turns(self, block: Block, depth: int) -> None:
        """The loop itself."""
        name, (start, stop) = self.name(block.loop), self.limits(block.loop)
        if self.is_only_stores(block) and not (self.lines and self.lines[-1].lstrip().startswith("#pragma")):
            self.line("#pragma GCC ivdep", depth)  # no turn reads what another writes; too many pointers to find out
        self.line(f"for (int64_t {name} = {start}; {name} < {stop}; {name}++) {{", depth)
        self.block(block, depth + 1)
        self.line("}", depth)

    def is_only_stores(self, block: Block) -> bool:
        """Whether a loop's turns only compute and store values, each its own, in C."""
        items = block.items
        plain = self.dialect is C and self.in_any_order and any(isinstance(item, Store) for item in items)
        return plain and all(isinstance(item, UOp | Store) for item in items)

    def finish(self, block: Block) -> None:
        """From now on the accumulators of a loop stand for its results."""
        for node in block.starts:
            if node.op is Ops.ACCUMULATE:
                self.text[node] = self.rounded(node)

    def limits(self, loop: UOp) -> tuple[str, str]:
        """Where a loop begins, and the first number that it does not reach."""
        return "0", str(loop.arg[1])

    def update(self, node: UOp, depth: int) -> None:
        """One step of an accumulator; a running one is also a result after each step."""
        dtype, name = accumulator_dtype(node), self.text[node]
        self.add(node, self.name(node.src[0]), depth)
        if node.op is Ops.RUNNING and dtype is not node.dtype:
            now = f"{name}_now"
            self.line(f"const {self.dialect.type_of(node.dtype)} {now} = {self.rounded(node)};", depth)
            self.text[node] = now

    def add(self, node: UOp, value: str, depth: int) -> None:
        """Take one more value into an accumulator."""
        dtype, name = accumulator_dtype(node), self.text[node]
        if dtype is not node.dtype and dtype is dtypes.float64:
            value = self.dialect.expression(Ops.CAST, dtype, [node.dtype], [value])
        self.line(f"{name} = {self.dialect.expression(node.arg, dtype, [dtype, dtype], [name, value])};", depth)

    def rounded(self, node: UOp) -> str:
        """An accumulator as a number of the dtype that it stands for."""
        dtype = accumulator_dtype(node)
        if dtype is node.dtype:
            return self.text[node]
        return self.dialect.expression(Ops.CAST, node.dtype, [dtype], [self.text[node]])

    def store(self, store: Store, depth: int) -> None:
        """Write a value to memory, or put it together with what stands there."""
        dtype, pointer, index = store.param.dtype, f"p{store.param.arg[0]}", self.inside(store.param, store.index)
        value = self.name(store.value)
        if store.update is not None:
            old = self.dialect.load(dtype, pointer, index)
            self.line(f"const {self.dialect.type_of(dtype)} old = {old};", depth)
            value = self.dialect.expression(store.update, dtype, [dtype, dtype], ["old", value])
        self.line(self.dialect.store(dtype, pointer, index, value), depth)


def closes_at_end(text: str) -> bool:
    """Whether the parenthesis at the start is closed by the one at the end."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def render_c(program: Program, key: str, writer: type[Renderer] = Renderer) -> str:
    """The C function ``k_<key>``. It is given the buffers' addresses, then those of its numbers and error flag."""
    body: list[str] = []
    for nest in program.nests:
        renderer = writer(C, program)
        renderer.nest(nest)
        body += ["    {", *renderer.lines, "    }"] if len(program.nests) > 1 else renderer.lines
    return c_function(program, key, body)


def c_function(program: Program, key: str, body: list[str]) -> str:
    """A function around the lines of its body: buffers become ``p0``, ``p1`` and so on, numbers ``s0``, ``s1``."""
    written = {store.param for nest in program.nests for store in nest.stores}
    head = [f"void k_{key}(void **buffers) {{"]
    head += [f"    {pointer(param, param in written)}" for param in program.params]
    if program.scalars:
        head.append(f"    const double *scalars = buffers[{len(program.params)}];")
    for scalar in program.scalars:
        value = C.expression(Ops.CAST, scalar.dtype, [dtypes.float64], [f"scalars[{scalar.arg}]"])
        head.append(f"    const {C.type_of(scalar.dtype)} s{scalar.arg} = {value};")
    if any("check_index(" in line for line in body):
        head.append(f"    int64_t *error = buffers[{len(program.params) + 1}];")
    if any("(threads)" in line for line in body):
        head.append(f"    const int threads = *(int64_t *)buffers[{len(program.params) + 3}];")
    return "\n".join([*head, *body, "}", ""])


def pointer(param: UOp, written: bool) -> str:
    """The definition of the pointer to a buffer. No two of a kernel's buffers overlap."""
    place = param.arg[0]
    return f"{'' if written else 'const '}{C.storage_of(param.dtype)} *restrict p{place} = buffers[{place}];"


C_PREAMBLE = f"{C.preamble}\n{CHECK.format(space='', first=FIRST_IN_C)}"


def with_helpers(text: str) -> str:
    """A C function together with the helper functions that it calls; ``C_PREAMBLE`` must stand before it."""
    return f"{C.helpers(text)}\n{text}"
