"""What the engine shows of itself: properties that every drawing, table and text must have."""

import math
import re
import sys
import time
from xml.etree import ElementTree

import numpy as np
import pytest

from course_lib import Device, GlobalCounters, Tensor, dtypes
from course_lib.engine import describe, display, frames, reports
from course_lib.engine.drawing import Canvas
from course_lib.engine.linearize import linearize
from course_lib.engine.planning import make_plan
from course_lib.engine.pseudocode import block_text, loops_text
from course_lib.engine.signature import kernel_body
from course_lib.engine.sugiyama import GAP_X, arrange
from course_lib.engine.uop import Ops

SVG = "{http://www.w3.org/2000/svg}"
HAS_KERNELS = Device.DEFAULT != "NUMPY"


def numbers(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def groups(svg, name):
    return [g for g in ElementTree.fromstring(svg).iter(f"{SVG}g") if g.get("class") == name]


def boxes(svg):
    return groups(svg, "uop")


def lines(svg):
    """The lines between boxes; arrowheads and dashed stubs are none."""
    paths = ElementTree.fromstring(svg).iter(f"{SVG}path")
    return [path for path in paths if path.get("fill") == "none" and path.get("stroke-dasharray") is None]


def softmax_layer():
    return (numbers(6, 7) @ numbers(7, 5, seed=1) + numbers(5, seed=2)).softmax(-1)


def shared():
    x = numbers(3, 4)
    y = x.exp()
    return y * y + y.sum(0) + x


GRAPHS = {
    "one": lambda: Tensor(3.0),
    "empty": lambda: Tensor.zeros(0, 3) + 1,
    "shared": shared,
    "softmax": softmax_layer,
    "moved": lambda: numbers(2, 3, 5).permute(2, 0, 1).flip(1).pad((1, 2))[1:4, :, ::2],
    "random": lambda: Tensor.randn(3, 4),
    "picture": lambda: numbers(2, 3, 6, 6).conv2d(numbers(4, 3, 3, 3), padding=1).relu().max_pool2d(2),
    "positions": lambda: numbers(5, 3)[Tensor([4, 0, 2])].cumsum(0),
    "whole": lambda: (Tensor([1, 2, 3]) << 2) // Tensor([3, 2, 1]) == 4,
}


@pytest.fixture(params=GRAPHS)
def tensor(request):
    return GRAPHS[request.param]()


# -- graphs


def test_every_uop_is_one_box_and_every_source_one_line(tensor):
    order = tensor.uop.toposort()
    svg = display.graph(tensor)._repr_svg_()
    assert len(boxes(svg)) == len(order)
    assert len(lines(svg)) == sum(len(node.src) for node in order)
    for place, (box, node) in enumerate(zip(boxes(svg), order)):
        words = [text.text for text in box.iter(f"{SVG}text")]
        assert words[0] == str(place) and words[1] == node.op.name
        assert words[-1] == f"{node.dtype.name} {node.shape}"


def test_the_drawing_says_in_words_what_it_is(tensor):
    root = ElementTree.fromstring(display.graph(tensor)._repr_svg_())
    title = root.find(f"{SVG}title").text
    assert root.get("role") == "img" and root.get("aria-label") == title
    assert f"{len(tensor.uop.toposort())} UOps" in title and tensor.uop.op.name in title


def test_text_and_drawing_have_the_same_numbers(tensor):
    view = display.graph(tensor)
    order = tensor.uop.toposort()
    assert len(str(view).splitlines()) == len(order)
    for place, line in enumerate(repr(view).splitlines()):
        assert line.startswith(f"%{place} = {order[place].op.name}(")
        assert re.findall(r"%(\d+)", line.partition("=")[2]) == [str(order.index(s)) for s in order[place].src]


def test_boxes_lie_inside_the_drawing(tensor):
    root = ElementTree.fromstring(display.graph(tensor)._repr_svg_())
    left, top, width, height = map(float, root.get("viewBox").split())
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("x")) >= left and float(box.get("y")) >= top
        assert float(box.get("x")) + float(box.get("width")) <= left + width
        assert float(box.get("y")) + float(box.get("height")) <= top + height


def test_a_source_used_twice_has_two_lines():
    x = numbers(3)
    svg = display.graph(x * x)._repr_svg_()
    assert len(boxes(svg)) == 2 and len(lines(svg)) == 2


def test_what_is_in_memory_is_marked():
    y = (numbers(4) + 1).exp()
    before = display.graph(y)._repr_svg_()
    z = y * 2
    y.realize()
    after = display.graph(z)._repr_svg_()

    def marked(svg):
        return [box for box in boxes(svg) if box.find(f"{SVG}rect").get("stroke-width") == "2.5"]

    assert len(marked(before)) == 1  # the buffer
    assert len(marked(after)) >= 1 and "computed already" in after and "computed already" not in before


def test_several_graphs_in_one_drawing():
    x = numbers(3)
    a, b = x + 1, x * 2
    assert len(boxes(display.graph([a, b])._repr_svg_())) == len({*a.uop.toposort(), *b.uop.toposort()})


def test_a_uop_draws_itself():
    uop = shared().uop
    assert uop._repr_svg_() == display.graph(uop)._repr_svg_() == display.graph(uop).svg


def test_text_is_escaped():
    canvas = Canvas()
    canvas.text(0, 0, "a < b && c")
    root = ElementTree.fromstring(canvas.svg(10, 10, 'x < "y" & z'))
    assert root.find(f"{SVG}text").text == "a < b && c"
    assert root.get("aria-label") == 'x < "y" & z'
    rows = ElementTree.fromstring(display.table("<&>", ["<a>"], [["b & c"]]))
    assert rows.find("caption").text == "<&>" and rows.find(".//td").text == "b & c"


def test_a_large_graph_is_cut_short_and_quick():
    x = numbers(3)
    y = x
    for step in range(3400):
        y = (y * (step + 2) + x).exp()
    assert len(y.uop.toposort()) > 10_000
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        view = display.graph(y)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5
    assert len(view.svg) < 200_000 and len(boxes(view.svg)) == describe.MOST_SHOWN
    left_out = f"... {len(y.uop.toposort()) - describe.MOST_SHOWN:,} more"
    assert left_out in view.svg and view.text.startswith(left_out)
    assert len(view.text.splitlines()) == describe.MOST_SHOWN + 1


def test_what_is_nearest_to_the_result_is_shown():
    x = numbers(3)
    a = b = x
    for _ in range(100):
        a, b = a.exp(), b.sin()
    order = (a + b).uop.toposort()
    kept = set(describe.last_of(order))
    assert len(kept) == describe.MOST_SHOWN and order[-1] in kept
    assert all(node in kept for node in order for source in node.src if source in kept)
    assert sum(node.op is Ops.EXP for node in kept) == pytest.approx(describe.MOST_SHOWN / 2, abs=1)


def test_before_and_after_simplification():
    x = numbers(4, 3)
    y = ((x * 1).permute(1, 0).permute(1, 0) - 0).detach()
    view = display.before_and_after(y)
    before = len(y.uop.toposort())
    assert f"before: {before} UOps" in view.text and "after: 1 UOps" in view.text
    assert len(boxes(view.svg)) == before + 1
    assert "before" in view.svg and "after" in view.svg


# -- layout


def random_graph(rng, size):
    sources, sizes = {}, {}
    for node in range(size):
        count = min(node, int(rng.integers(0, 4)))
        sources[node] = [int(source) for source in rng.integers(0, node, count)] if node else []
        sizes[node] = (float(rng.integers(20, 120)), float(rng.integers(20, 60)))
    return sources, sizes


@pytest.mark.parametrize("seed", range(12))
def test_boxes_do_not_overlap_and_lines_run_down(seed):
    rng = np.random.default_rng(seed)
    sources, sizes = random_graph(rng, int(rng.integers(1, 60)))
    plan = arrange(sources, sizes)
    corners = {}
    for node, (x, y) in plan.centres.items():
        width, height = sizes[node]
        corners[node] = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        assert -1e-6 <= corners[node][0] and corners[node][2] <= plan.width + 1e-6
        assert -1e-6 <= corners[node][1] and corners[node][3] <= plan.height + 1e-6
    for a in sources:
        for b in range(a):
            (left, top, right, bottom), (left2, top2, right2, bottom2) = corners[a], corners[b]
            apart = left >= right2 + GAP_X - 1e-6 or left2 >= right + GAP_X - 1e-6 or top >= bottom2 or top2 >= bottom
            assert apart, (a, b)
    assert len(plan.routes) == sum(map(len, sources.values()))
    for (source, target, _), points in plan.routes.items():
        assert all(y2 >= y - 1e-6 for (_, y), (_, y2) in zip(points, points[1:]))
        assert points[0][1] == pytest.approx(corners[source][3]) and points[-1][1] == pytest.approx(corners[target][1])
        assert corners[source][0] <= points[0][0] <= corners[source][2]
        assert corners[target][0] <= points[-1][0] <= corners[target][2]


def test_a_chain_is_straight_and_a_tree_without_crossings():
    chain = {0: [], **{n: [n - 1] for n in range(1, 20)}}
    plan = arrange(chain, dict.fromkeys(chain, (50.0, 20.0)))
    assert np.ptp([x for x, _ in plan.centres.values()]) < 1e-6
    tree = {n: [] for n in range(8)} | {8 + n: [2 * n, 2 * n + 1] for n in range(7)}
    plan = arrange(tree, dict.fromkeys(tree, (50.0, 20.0)))
    for n in range(7):
        assert plan.centres[2 * n][0] < plan.centres[2 * n + 1][0]


def test_a_line_that_passes_layers_is_straight_and_shared():
    sources = {0: [], **{n: [n - 1] for n in range(1, 9)}, 9: [8, 0], 10: [9, 0]}
    plan = arrange(sources, dict.fromkeys(sources, (50.0, 20.0)))
    far, near = plan.routes[0, 10, 1], plan.routes[0, 9, 1]
    assert np.ptp([x for x, _ in near[2:-2]]) < 1.0
    assert near[:-2] == far[: len(near) - 2]


def test_nothing_is_arranged_as_nothing():
    plan = arrange({}, {})
    assert (plan.centres, plan.routes, plan.width, plan.height) == ({}, {}, 0.0, 0.0)


# -- what a kernel computes


def product(factor, *shapes):
    return numbers(*shapes[0]) @ numbers(*shapes[1], seed=factor)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: product(1, (6, 7), (7, 5)), "matmul 6x5x7"),
        (lambda: (product(1, (6, 7), (7, 5)) + numbers(5)).relu(), "matmul 6x5x7, add, relu"),
        (lambda: product(1, (3, 6, 7), (3, 7, 5)), "matmul 3x6x5x7"),
        (lambda: product(1, (6, 7), (7,)), "matrix-vector 6x7"),
        (lambda: (numbers(7) * numbers(7, seed=1)).sum(), "multiply, sum over 7"),
        (lambda: (numbers(4, 7) ** 2).sum(1), "sum over 7"),
        (lambda: numbers(4, 7).max(), "max over 4x7"),
        (lambda: numbers(2, 3, 6, 6).conv2d(numbers(4, 3, 3, 5)), "convolution over 3x3x5"),
        (lambda: numbers(2, 6, 6).max_pool2d(2), "max over 2x2"),
        (lambda: numbers(4, 7).T.contiguous(), "copy (permute)"),
        (lambda: Tensor.full((3, 2), 1.5).contiguous(), "fill with 1.5"),
        (lambda: Tensor.arange(7), "count"),
        (lambda: Tensor.rand(7), "random numbers"),
        (lambda: numbers(9).cumsum(0), "cumulative sum"),
        (lambda: numbers(9, 2)[Tensor([3, 1])], "look up"),
        (lambda: numbers(9).sort()[0], "sort"),
        (lambda: numbers(7).exp().tanh().sqrt().sin().erf().log().tan() - 1, ", and 2 more"),
    ],
)
def test_a_kernel_is_named_by_what_it_computes(make, words):
    said = [describe.summary(item) for item in make().schedule()]
    assert any(words in summary for summary in said), said


def test_a_matrix_product_is_one_word():
    a, b = numbers(6, 7).realize(), numbers(7, 5).realize()
    assert [describe.summary(item) for item in (a @ b).schedule()] == ["matmul 6x5x7"]


def test_arguments_in_few_characters():
    x = numbers(4, 6)
    assert describe.argument(x.uop.pad(((0, 0), (1, 2)))) == "axis 1: 1+2"
    assert describe.argument(x.uop.shrink(((0, 4), (2, 5)))) == "[:, 2:5]"
    assert describe.argument(x.uop.flip((0, 1))) == "axes 0, 1"
    assert describe.argument(x.uop.reduce(Ops.MAXIMUM, (1,))) == "MAXIMUM axis 1"
    assert describe.argument(x.uop.window(1, 3, 2)) == "axis 1: size 3 step 2"
    assert describe.argument(x.uop.const_like(0.1).src[0]) == "0.1"
    assert describe.argument(Tensor.arange(5).uop.toposort()[0]) in ("0..4", "5", "1", "0")
    assert all(len(describe.argument(node)) < 60 for make in GRAPHS.values() for node in make().uop.toposort())


@pytest.mark.parametrize("number, text", [(0, "0"), (999, "999"), (1000, "1k"), (1234567, "1.23M"), (2e13, "20T")])
def test_short_numbers(number, text):
    assert describe.short(number) == text


# -- schedules


def test_a_schedule_is_a_list_and_a_table(tensor):
    schedule = tensor.schedule()
    assert isinstance(schedule, list) and list(schedule) == schedule[:]
    text = str(schedule).splitlines()
    assert len(text) == (len(schedule) + 2 if schedule else 1)
    table = ElementTree.fromstring(schedule._repr_html_())
    assert len(table.findall("tbody/tr")) == len(schedule)
    for number, item in enumerate(schedule):
        assert f"Step {number}: {item}".count("\n") == 0
        row = table.findall("tbody/tr")[number]
        assert [cell.text for cell in row][:2] == [str(number), describe.summary(item)]
        assert text[number + 2].split()[0] == str(number) and describe.summary(item) in text[number + 2]
        assert len(ElementTree.fromstring(item._repr_html_()).findall("tbody/tr")) == 1


def test_a_schedule_names_memory_so_that_one_sees_who_reads_it():
    x = numbers(5, 7)
    schedule = (x.sum(0).contiguous() + x.T.contiguous().sum()).schedule()
    names = reports.memory_names(schedule)
    assert len(set(names.values())) == len(names)
    written = {buffer for item in schedule for buffer, _ in reports.writes_of(item)}
    read = {buffer for item in schedule for buffer, _ in reports.reads_of(item)}
    assert written & read and x.uop.arg[0] in read - written
    table = str(schedule)
    assert all(table.count(names[buffer]) >= 2 for buffer in written & read)


def test_nothing_to_compute():
    x = numbers(3)
    for shown in (x.schedule(), display.schedule(x), display.show_schedule(x)):
        assert str(shown) == "Nothing to compute"
    assert ElementTree.fromstring(x.schedule()._repr_html_()) is not None
    assert ElementTree.fromstring(display.show_schedule(x).svg) is not None
    assert str(display.loops(x)) == "nothing to compute" and str(display.source(x)) == "nothing to compute"
    assert (Tensor.zeros(0, 3) + 1).schedule() == []


def test_a_frame_for_each_kernel_and_a_box_for_what_it_computes(tensor):
    schedule = tensor.schedule()
    svg = display.show_schedule(tensor).svg
    drawn = groups(svg, "kernel")
    assert len(drawn) == len(schedule)
    assert len(groups(svg, "memory")) == len(reports.memory_names(schedule))
    for frame, item in zip(sorted(drawn, key=first_number), schedule):
        read = {node for node, _ in reports.read_nodes(item)}
        computed = [node for node in kernel_body(item.kernel) if node not in read]
        inside = [g for g in frame.iter(f"{SVG}g") if g.get("class") == "uop"]
        assert len(inside) == len(computed)


def first_number(frame):
    words = [text.text for text in frame.iter(f"{SVG}text") if text.text.startswith("kernel ")]
    return int(re.match(r"kernel (\d+):", words[-1])[1])


def ends_of_lines(element, x=0.0, y=0.0):
    """Where each line starts and ends, on the page."""
    start = end = (0.0, 0.0)
    moved = re.match(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if element.tag == f"{SVG}path" and element.get("fill") == "none":
        for step, words in re.findall(r"([MVC])([^MVC]*)", element.get("d")):
            values = list(map(float, words.split()))
            end = (end[0], values[0]) if step == "V" else tuple(values[-2:])
            start = end if step == "M" else start
        yield (x + start[0], y + start[1]), (x + end[0], y + end[1])
    for child in element:
        yield from ends_of_lines(child, x, y)


def test_lines_go_on_where_they_enter_and_leave_frames(tensor):
    schedule = tensor.schedule()
    svg = display.show_schedule(schedule).svg
    found = list(ends_of_lines(ElementTree.fromstring(svg)))
    starts = [start for start, _ in found]
    inside = joints = 0
    for item in schedule:
        read = {node for node, _ in reports.read_nodes(item)}
        computed = [node for node in kernel_body(item.kernel) if node not in read]
        inside += sum(len(node.src) for node in computed)
        joints += 2 * len(read) + 3 * len(item.kernel.outputs)  # to the frame and into it; out, to its edge and beyond
    assert len(found) == inside + joints
    going_on = sum(any(np.hypot(x - a, y - b) < 1.5 for a, b in starts) for _, (x, y) in found)
    assert going_on >= sum(2 * len(reports.read_nodes(i)) + 2 * len(i.kernel.outputs) for i in schedule)


def test_a_uop_has_one_number_in_all_frames():
    x = numbers(40, 50)
    y = x.exp()
    schedule = ((y - y.sum(0)).contiguous().sum(1) + y.sum(1)).schedule()
    svg = display.show_schedule(schedule).svg
    by_number = {}
    for box in boxes(svg):
        by_number.setdefault(box.find(f"{SVG}text").text, set()).add(box.find(f"{SVG}title").text)
    assert all(len(titles) == 1 for titles in by_number.values())
    computed = {n for i in schedule for n in kernel_body(i.kernel)} - {x.uop}
    read = {node for i in schedule for node, _ in reports.read_nodes(i)}
    written = {node for i in schedule for node, _ in i.kernel.outputs}
    assert len(by_number) == len(computed - (read - written))


def test_one_kernel_is_drawn_with_its_memory():
    item = softmax_layer().schedule()[-1]
    svg = display.graph(item)._repr_svg_()
    assert len(groups(svg, "kernel")) == 1
    assert len(groups(svg, "memory")) == len(reports.read_nodes(item)) + len(item.kernel.outputs)


def test_a_long_schedule_stays_small():
    x = numbers(5, 5)
    w = [numbers(5, 5, seed=seed).realize() for seed in range(60)]
    for weights in w:
        x = (x @ weights).contiguous()
    schedule = x.schedule()
    assert len(schedule) >= 60
    svg = display.show_schedule(schedule).svg
    assert len(groups(svg, "kernel")) == frames.MOST_KERNELS and not boxes(svg)
    assert f"... {len(schedule) - frames.MOST_KERNELS} more" in svg and len(svg) < 200_000
    assert len(ElementTree.fromstring(schedule._repr_html_()).findall("tbody/tr")) == len(schedule)


def test_views_take_tensors_uops_and_items():
    y = softmax_layer()
    assert str(display.schedule(y)) == str(display.schedule(y.uop)) == str(display.schedule(y.schedule()))
    assert str(display.loops(y)) == str(display.loops(y.uop))
    assert str(display.loops(y.schedule()[0])) == loops_text(y.schedule()[0])


# -- loops


def band(x):
    """Conditions on both sides, one of which is used twice."""
    low = x >= 1
    return ((low & (x < 3)) | (low & (x > 5))).where(10, x)


def run_words(item, inputs):
    """Run a kernel's loops as they are written, which is nearly Python."""
    text = "\n".join(line for line in loops_text(item).splitlines() if not re.match(r"p\d+: ", line))
    text = re.sub(r"in 0\.\.(\d+):", lambda found: f"in range({int(found[1]) + 1}):", text)
    places = {f"p{place}": array for place, array in enumerate(inputs)}
    casts = {name: np.dtype(name).type for name in ("float32", "float64", "int32", "int64")}
    functions = {
        "relu": lambda x: max(x, 0),
        "exp": math.exp,
        "sqrt": math.sqrt,
        "inf": math.inf,
        "erf": math.erf,
        "erfc": math.erfc,
    }
    exec(text, {**places, **casts, **functions, "checked": lambda x: x, "bool": bool, "reciprocal": lambda x: 1 / x})


@pytest.mark.parametrize(
    "make",
    [
        lambda: numbers(4, 3).sum(),
        lambda: numbers(4, 3).mean(1) - 0.3,
        lambda: numbers(5, 4).T.flip(0)[1:, 1:].contiguous() * 2 + 1,
        softmax_layer,
        lambda: (numbers(4, 6) @ numbers(6, 3, seed=1)).relu(),
        GRAPHS["picture"],
        lambda: numbers(3, 4).pad((1, 2, 0, 1)) + 1,
        lambda: numbers(6, 3)[Tensor([-1, 0, 5])],
        lambda: numbers(6, 3).cumsum(0) / 4,
        lambda: Tensor.zeros(4, 3).scatter_add(0, Tensor([[0, 1, 1], [3, 0, 1]]), numbers(2, 3)),
        lambda: (numbers(7) > 0).where(numbers(7, seed=1), -1.5),
        lambda: Tensor([5, -7, 9]) % 4 + Tensor([5, -7, 9]) // 2 - (Tensor([5, 7, 9]) & 6),
        lambda: numbers(3, 4).gelu().layer_norm((4,)),
        lambda: numbers(5) - (numbers(5, seed=1) - numbers(5, seed=2) / (numbers(5, seed=3) * 3.5)),
        lambda: (numbers(5) + -1.0) * numbers(5, seed=1),
        lambda: (numbers(9) > 0).where((numbers(9, seed=1) > 0).where(1.5, numbers(9)), numbers(9, seed=2)),
        lambda: band(Tensor([0, 1, 2, 3, 4, 5, 6, 7])),
    ],
)
def test_the_loops_in_words_compute_what_the_kernels_do(make):
    tensor = make()
    known = {}
    for item in tensor.schedule():
        arrays = []
        for place, (buffer, start) in enumerate(item.buffers):
            if place < len(item.kernel.outputs):
                known[buffer] = np.zeros(buffer.size, buffer.dtype.storage)
            elif buffer not in known:
                known[buffer] = buffer.array
            arrays.append(known[buffer][start:])
        run_words(item, arrays)
        result = known[item.buffers[0][0]]
    np.testing.assert_allclose(result.reshape(tensor.shape), tensor.numpy(), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_written_over_is_read_before(order):
    a, b, c = numbers(6), numbers(6, seed=1), numbers(6, seed=2)
    wanted = {id(a.uop.arg[0].memory): c.numpy() * 2, id(b.uop.arg[0].memory): a.numpy() + c.numpy()}
    new = c * 2, a + c
    for tensor, value in zip((a, b), new):
        tensor.assign(value)
    memory = {}
    for item in make_plan([a.uop, b.uop][::order], Device.DEFAULT, pinned=set()).items:
        for buffer, _ in item.buffers:
            memory.setdefault(id(buffer.memory), buffer.array.copy())
        run_words(item, [memory[id(buffer.memory)] for buffer, _ in item.buffers])
    for where, array in wanted.items():
        np.testing.assert_allclose(memory[where], array)
    over = [buffer for nodes, (buffer, _) in zip(item.known.params, item.buffers) if len(nodes) > 1]
    assert len(over) == 2 and str(loops_text(item)).count(", read, written") == 2
    assert {id(buffer.memory) for buffer, _ in reports.reads_of(item)} >= set(wanted)


def test_what_does_not_change_in_a_loop_stands_before_it():
    text = str(display.loops(numbers(5, 4) * numbers(5, 1).exp()))
    assert re.search(r"for i0 in 0..4:\n    v0 = exp\(p\d\[i0\]\)\n    for i1", text), text


def test_loops_of_a_sum():
    x = numbers(4, 3)
    text = str(display.loops(x.sum()))
    assert text.splitlines()[2:] == [
        "a0 = 0",
        "for r0 in 0..3:",
        "    for r1 in 0..2:",
        "        a0 += p1[r0*3 + r1]",
        "p0[0] = a0",
    ]


def test_conditions_that_belong_together_stand_together():
    text = str(display.loops(numbers(5).pad((2, 3)) + 1))
    assert re.search(r"if 2 <= i0 < 7 else 0|if i0 >= 2", text), text


def test_a_block_is_readable():
    item = numbers(4, 3).exp().sum(1).schedule()[0]
    block = linearize(item.program.nests[0])
    assert repr(block) == block_text(block) and repr(block) in loops_text(item)
    inner = next(part for part in block.items if type(part) is type(block))
    assert repr(inner).startswith("for i0 in 0..3:")


# -- source


def test_source_has_colours_if_they_are_to_be_had(monkeypatch):
    y = softmax_layer()
    view = display.source(y)
    assert "p0[" in str(view) and f"kernel {len(y.schedule()) - 1}: " in str(view)
    assert "<span style=" in view._repr_html_()
    monkeypatch.setitem(sys.modules, "pygments", None)
    plain = display.source(y)._repr_html_()
    assert "<pre>" in plain and "<span" not in plain and "&lt;" in plain
    assert str(display.source(y)) == str(view)


def test_loops_are_escaped():
    html = display.loops((numbers(7) < 0).where(1.0, 2.0))._repr_html_()
    assert "&lt;" in html and ElementTree.fromstring(f"<div>{html}</div>") is not None


# -- counters and reports


def test_counters():
    GlobalCounters.reset()
    assert (GlobalCounters.kernels, GlobalCounters.flops, GlobalCounters.bytes) == (0, 0, 0)
    (numbers(11, 13) + 1).realize()
    assert GlobalCounters.kernels >= 1 and GlobalCounters.seconds > 0
    assert GlobalCounters.kernel_count == GlobalCounters.kernels
    assert GlobalCounters.time_sum_s == GlobalCounters.seconds
    if HAS_KERNELS:
        assert GlobalCounters.global_ops == GlobalCounters.flops == 11 * 13
        assert GlobalCounters.global_mem == GlobalCounters.bytes == 2 * 4 * 11 * 13
    assert f"{GlobalCounters.kernels} kernels run" in repr(GlobalCounters)
    rows = ElementTree.fromstring(GlobalCounters._repr_html_()).findall("tbody/tr")
    assert [cell.text for cell in rows[0]] == ["kernels run", str(GlobalCounters.kernels)]


def report_of(capsys, monkeypatch, level, tensor):
    monkeypatch.setenv("DEBUG", level)
    tensor.realize()
    monkeypatch.setenv("DEBUG", "0")
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def unusual(size):
    """A tensor whose kernel no other test can have made already: a product and something after it."""
    return (numbers(size, 17).realize() @ numbers(17, 3, seed=1).realize() + 1.5).relu()


def test_no_report_unless_asked_for(capsys, monkeypatch):
    assert report_of(capsys, monkeypatch, "0", unusual(5)) == []
    monkeypatch.delenv("DEBUG")
    unusual(5).realize()
    assert capsys.readouterr().out == ""


def test_debug_1_is_one_line_for_each_realize(capsys, monkeypatch):
    (line,) = report_of(capsys, monkeypatch, "1", unusual(5))
    assert (
        line.startswith(Device.DEFAULT) and "kernel" in line and "operations" in line and "B read and written" in line
    )


@pytest.mark.skipif(not HAS_KERNELS, reason="NUMPY has no kernels")
def test_debug_2_is_a_line_for_each_kernel(capsys, monkeypatch):
    for words in ("new", "cached"):
        tensor = unusual(23)
        kernels = len(tensor.schedule())
        *reports, total = report_of(capsys, monkeypatch, "2", tensor)
        assert len(reports) == kernels and f"{kernels} kernel" in total
        line = next(line for line in reports if "matmul 23x3x17" in line)
        assert re.search(r"kernel +\d+ +[\d.]+ (us|ms|s) +[\d.]+ GFLOP/s +[\d.]+ GB/s", line)
        assert f" {words} " in line and "(23, 3) <- " in line and "(23, 17)" in line.replace("(23, 1, 17)", "(23, 17)")


@pytest.mark.skipif(not HAS_KERNELS, reason="NUMPY has no kernels")
def test_debug_3_shows_graph_and_loops_and_4_the_source(capsys, monkeypatch):
    three = "\n".join(report_of(capsys, monkeypatch, "3", unusual(6)))
    assert "= memory : float32" in three and "RELU(%" in three and "for i0 in 0..5:" in three
    assert "int64_t" not in three
    four = "\n".join(report_of(capsys, monkeypatch, "4", unusual(6)))
    assert "for i0 in 0..5:" in four and "int64_t" in four


def test_reports_of_what_is_written_over_and_sorted(capsys, monkeypatch):
    x = numbers(9)
    x.assign(x * 2)
    said = report_of(capsys, monkeypatch, "3", x)
    assert any("MUL(" in line for line in said)
    said = report_of(capsys, monkeypatch, "4", numbers(9).argsort())
    assert any("sort" in line.lower() for line in said)


def test_numpy_reports_uops(capsys, monkeypatch):
    x = Tensor([1.0, 2.0], device="NUMPY")
    (line,) = report_of(capsys, monkeypatch, "1", x + 1)
    assert line.startswith("NUMPY")
    *said, _ = report_of(capsys, monkeypatch, "2", x * 3)
    assert any("MUL(" in line for line in said)
    schedule = (x.exp() + 1).schedule()
    assert len(schedule) == 1 and "interprets" in str(schedule) and "exp, add" in str(schedule)
    assert "for (" in str(display.source(schedule)) and "exp(" in str(display.loops(schedule))


# -- notebooks


def test_what_notebooks_are_given():
    formatters = pytest.importorskip("IPython.core.formatters")
    show = formatters.DisplayFormatter().format
    y = softmax_layer()
    for shown, kinds in (
        (y.uop, {"image/svg+xml"}),
        (display.graph(y), {"image/svg+xml"}),
        (display.show_schedule(y), {"image/svg+xml"}),
        (display.loops(y), {"text/html"}),
        (display.source(y), {"text/html"}),
        (y.schedule(), {"text/html"}),
        (y.schedule()[0], {"text/html"}),
        (GlobalCounters, {"text/html"}),
    ):
        data, _ = show(shown)
        assert set(data) == {"text/plain", *kinds}


def test_dtypes_are_named():
    text = str(display.graph(Tensor([1, 2, 3]).cast(dtypes.bfloat16) * 2))
    assert "bfloat16 (3,)" in text and "int64 (3,)" in text
