"""Memory: values that nobody sees share one block, each only for as long as something still reads it.

A step of training writes far more intermediate values than are needed at any moment. With a buffer for each, every
kernel writes to memory that has not been touched for a whole step and is in no cache any more. Here each value gets a
place in one block, the *arena*, from the kernel that writes it up to the last that reads it; then the place is free for
the next. As with a stack, what is given out next is often what was used last, and so still in the cache. Some values
need no place of their own: one computed element by element from another that nothing else reads is written over it.

The order of the kernels matters, too. Of those that could run next, the one goes first after which the least memory is
in use. So what a kernel has written is read soon.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from ..kernel import UNIT, Kernel
from ..uop import UOp

LINE = 64  # bytes of a cache line: every place begins with one
# Of two arrays that begin at the same place within their pages, a processor may take a load from one for a load of what
# has just been stored to the other. So large places are longer than their values by an odd number of lines.
LARGE, STAGGER = 1 << 13, 9 * LINE
CHOICES = 16  # kernels that are compared before one of them is run next


def memory_of(kernel: Kernel, node: UOp) -> UOp:
    """The value in whose memory a kernel finds a value."""
    return kernel.places[node].whole if node in kernel.places else node


def memories_of(kernel: Kernel, hidden: Container[UOp]) -> list[UOp]:
    """The hidden values whose memory a kernel reads or writes."""
    nodes = (*(node for node, _ in kernel.outputs), *kernel.inputs)
    return [node for node in dict.fromkeys(memory_of(kernel, node) for node in nodes) if node in hidden]


def lifetimes(kernels: Sequence[Kernel], hidden: Container[UOp]) -> dict[UOp, tuple[int, int]]:
    """For each hidden value the numbers of the first and last kernel that use its memory.

    Parameters
    ----------
    kernels: in the order in which they run.
    """
    found: dict[UOp, tuple[int, int]] = {}
    for number, kernel in enumerate(kernels):
        for node in memories_of(kernel, hidden):
            found[node] = (found.get(node, (number,))[0], number)
    return found


def in_thrifty_order(kernels: Sequence[Kernel], hidden: Container[UOp]) -> list[Kernel]:
    """The kernels, each after those that it needs, and so that little memory is in use at a time.

    Parameters
    ----------
    kernels: in an order in which they can run; it is kept where memory does not matter.
    """
    used = {kernel: memories_of(kernel, hidden) for kernel in kernels}
    users = Counter(node for nodes in used.values() for node in nodes)  # that have not run yet
    written: set[UOp] = set()
    place = {kernel: number for number, kernel in enumerate(kernels)}
    waiting = {kernel: len(kernel.needs) for kernel in kernels}
    followers: dict[Kernel, list[Kernel]] = {kernel: [] for kernel in kernels}
    for kernel in kernels:
        for before in kernel.needs:
            followers[before].append(kernel)

    def growth(number: int) -> int:
        """How many more bytes are in use after a kernel than before it."""
        taken = [room_for(node) for node in used[kernels[number]] if node not in written and users[node] > 1]
        freed = [room_for(node) for node in used[kernels[number]] if node in written and users[node] == 1]
        return sum(taken) - sum(freed)

    ready = [place[kernel] for kernel in kernels if not waiting[kernel]]
    order: list[Kernel] = []
    while ready:
        number = min(ready[:CHOICES], key=growth)
        ready.remove(number)
        order.append(kernels[number])
        written.update(used[order[-1]])
        users.subtract(used[order[-1]])
        for kernel in followers[order[-1]]:
            waiting[kernel] -= 1
            if not waiting[kernel]:
                insort(ready, place[kernel])
    return order


class Arena:
    """Gives out places in one block of memory, the smallest that is large enough.

    Attributes
    ----------
    nbytes: how long the block has to be.
    """

    def __init__(self) -> None:
        self.nbytes = 0
        self.free: list[tuple[int, int]] = []  # places that nobody has, in order: where each starts and ends

    def take(self, nbytes: int) -> int:
        """Where a place of so many bytes starts; at the end of the block if no free one will do."""
        fitting = [(end - start, start) for start, end in self.free if end - start >= nbytes]
        start = min(fitting)[1] if fitting else self.nbytes
        if not fitting and self.free and self.free[-1][1] == self.nbytes:
            start = self.free[-1][0]  # the last free place, and some more
        end = start + nbytes
        self.nbytes = max(self.nbytes, end)
        place = bisect(self.free, (start, self.nbytes))
        if place and self.free[place - 1][0] == start:
            before = self.free.pop(place - 1)
            if before[1] > end:
                insort(self.free, (end, before[1]))
        return start

    def give_back(self, start: int, nbytes: int) -> None:
        """Free a place, and join it with the free ones beside it."""
        end = start + nbytes
        place = bisect(self.free, (start, end))
        if place < len(self.free) and self.free[place][0] == end:
            end = self.free.pop(place)[1]
        if place and self.free[place - 1][1] == start:
            start = self.free.pop(place - 1)[0]
        insort(self.free, (start, end))


def room_for(node: UOp) -> int:
    """How many bytes a value's place has."""
    nbytes = -(-max(node.size * node.dtype.itemsize, 1) // LINE) * LINE
    if nbytes < LARGE:
        return nbytes
    return -(-nbytes // 4096) * 4096 + STAGGER


def written_over(kernel: Kernel, dying: Container[UOp]) -> dict[UOp, UOp]:
    """For outputs of a kernel the value whose place they can have: it is read element by element, and never again."""
    if kernel.closed or kernel.members:
        return {}
    used = Counter(memory_of(kernel, node) for node in kernel.inputs)
    found: dict[UOp, UOp] = {}
    for node, labels in kernel.outputs:
        if sum(label != UNIT for label in labels) != len(kernel.loops) or node in kernel.places:
            continue
        for old, places in kernel.inputs.items():
            if (
                old in dying
                and old not in found.values()
                and (old.dtype, old.shape, places) == (node.dtype, node.shape, {labels})
                and kernel.fastest.get(old) == kernel.fastest.get(node)
                and used[old] == 1
            ):
                found[node] = old
                break
    return found


@dataclass
class Arrangement:
    """Where hidden values are.

    Attributes
    ----------
    starts: for each the element of the arena at which it starts.
    over: for those that take over another's place this other.
    nbytes: how many bytes the arena has.
    """

    starts: dict[UOp, int]
    over: dict[UOp, UOp]
    nbytes: int


def arrange(kernels: Sequence[Kernel], hidden: Container[UOp]) -> Arrangement:
    """Find a place in the arena for each hidden value.

    Parameters
    ----------
    kernels: in the order in which they run.
    hidden: values that are written and read by these kernels alone.
    """
    alive, arena, starts, over = lifetimes(kernels, hidden), Arena(), {}, {}
    begins: list[list[UOp]] = [[] for _ in kernels]
    ends: list[list[UOp]] = [[] for _ in kernels]
    for node, (first, last) in alive.items():
        begins[first].append(node)
        ends[last].append(node)
    for kernel, born, gone in zip(kernels, begins, ends):
        moved = written_over(kernel, set(gone))
        moved = {node: old for node, old in moved.items() if node in alive}
        over.update(moved)
        for node in sorted(born, key=room_for, reverse=True):
            starts[node] = starts[moved[node]] if node in moved else arena.take(room_for(node))
        for node in gone:
            if node not in moved.values():
                arena.give_back(starts[node], room_for(node))
    return Arrangement({node: start // node.dtype.itemsize for node, start in starts.items()}, over, arena.nbytes)
