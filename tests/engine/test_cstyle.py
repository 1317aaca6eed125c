"""What the C texts of single operations compute, against the interpreter: every operation, dtype and dialect.

All operations of a dialect are compiled at once, into one function for each combination of source dtypes, and run on
all pairs of a table of awkward numbers and on random ones.
"""

import ctypes
import re
import shutil
import subprocess

import numpy as np
import pytest

from course_lib.engine.cstyle import BOOLEAN, FRACTIONAL, OPENCL, SIGNED, UNSIGNED, C
from course_lib.engine.dtype import ALL_DTYPES, decode, dtypes, encode
from course_lib.engine.interpret import evaluate
from course_lib.engine.uop import BINARY, COMPARISONS, ELEMENTWISE, Ops, UOp

pytestmark = pytest.mark.xdist_group("cstyle")  # one process compiles for all

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
FLAGS = "-O2 -fwrapv -fno-math-errno -fno-trapping-math -shared -fPIC -Wall -Wno-unused".split()
MINUS_ZERO_MAY_DIFFER = {Ops.MAXIMUM, Ops.MINIMUM, Ops.RELU}  # max(0.0, -0.0) depends on the processor

# How far results may be from the true ones, in units of the last place: (float32, float64). All others are exact.
C_ULPS = {
    **dict.fromkeys((Ops.EXP, Ops.EXP2, Ops.EXPM1, Ops.LOG, Ops.LOG2, Ops.LOG1P, Ops.SIN, Ops.COS, Ops.TAN), (2, 2)),
    **dict.fromkeys((Ops.ASIN, Ops.ACOS, Ops.ATAN, Ops.ATAN2, Ops.ASINH, Ops.ACOSH, Ops.ATANH, Ops.POW), (2, 2)),
    **dict.fromkeys((Ops.SINH, Ops.COSH, Ops.TANH, Ops.ERF, Ops.SIGMOID), (3, 3)),
    Ops.ERFC: (5, 32),  # it is SciPy that is off by so much
}
OPENCL_ULPS = {op: (5, 5) for op in C_ULPS} | {
    Ops.ATAN2: (6, 6),
    Ops.POW: (16, 16),
    Ops.ERF: (16, 16),
    Ops.ERFC: (16, 32),
}  # as it promises


def templates(dtype):
    if dtype.is_float:
        return FRACTIONAL
    return BOOLEAN if dtype is dtypes.bool else SIGNED if dtype.signed else UNSIGNED


def cases_of(dtype):
    """Every operation that there is on a dtype: (op, dtype of the result, dtypes of the sources)."""
    for op in templates(dtype):
        if op is Ops.WHERE:
            yield op, dtype, (dtypes.bool, dtype, dtype)
        elif op is not Ops.THREEFRY or dtype is dtypes.uint64:
            yield op, dtypes.bool if op in COMPARISONS else dtype, (dtype,) * (2 if op in BINARY else 1)
    for other in ALL_DTYPES:
        if other is not dtype:
            yield Ops.CAST, other, (dtype,)
        if other.itemsize == dtype.itemsize:
            yield Ops.BITCAST, other, (dtype,)


CASES = [case for dtype in ALL_DTYPES for case in cases_of(dtype)]
GROUPS = {sources: [case for case in CASES if case[2] == sources] for sources in dict.fromkeys(c[2] for c in CASES)}


def test_every_operation_is_written():
    assert {op for op, _, _ in CASES} == ELEMENTWISE


# -- numbers that go wrong


def numbers(dtype, rng):
    """Edge values and random ones."""
    if dtype is dtypes.bool:
        return np.array([False, True])
    bits = f"uint{8 * dtype.itemsize}"
    random = rng.integers(0, 2 ** (8 * dtype.itemsize), 40, bits, endpoint=False)
    if dtype.is_int:
        close = np.arange(-9, 71) if dtype.signed else np.arange(80)
        ends = np.array([dtype.min, dtype.min + 1, dtype.max - 1, dtype.max], dtype.storage)
        return np.concatenate([close.astype(dtype.storage), ends, random.view(dtype.storage)])
    info = np.finfo(np.float32 if dtype is dtypes.bfloat16 else dtype.storage)
    edges = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 0.1, 0.3, 0.7, 7, 10, 88.7, 104, 127.5, 255.5, 1e3, 4097.5, 65504, 65520]
    edges += [2.0**k for k in (-149, -126, -24, -14, 7, 8, 15, 16, 23, 31, 32, 52, 53, 62, 63, 64)]
    edges += [
        np.pi,
        np.pi / 2,
        np.inf,
        np.nan,
        info.max,
        info.tiny,
        info.smallest_subnormal,
        1 - info.epsneg,
        1 + info.eps,
    ]
    with np.errstate(over="ignore"):
        edges = encode(np.array(edges + [-x for x in edges]), dtype)
        moderate = encode(rng.standard_normal(30) * 3, dtype)
    return decode(np.concatenate([edges, moderate, random.view(dtype.storage)]), dtype)


def sources_of(dtypes_of_sources):
    """Awkward numbers and many more for one source; for several all pairs of awkward ones."""
    rng = np.random.default_rng(0)
    dtype = dtypes_of_sources[-1]
    table = numbers(dtype, rng)
    if len(dtypes_of_sources) == 1 and dtype is not dtypes.bool:
        bits = f"uint{8 * dtype.itemsize}"
        many = np.arange(2**16 if dtype.itemsize == 2 else 2**8).astype(bits)
        if dtype.itemsize > 2:
            many = rng.integers(0, 2 ** (8 * dtype.itemsize), 5000, bits)
        if dtype is dtypes.float32:  # half-way between neighbours of 16 bits, and just beside
            halves = np.arange(0, 2**16, 7, np.uint16)
            wide = np.concatenate([halves.view(np.float16).astype(np.float32).view(bits), halves.astype(bits) << 16])
            steps = np.array([0xFFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0x8001], bits)
            many = np.concatenate([many, (wide[:, None] + steps).reshape(-1)])
        return (np.concatenate([table, decode(many.view(dtype.storage), dtype)]),)
    pairs = np.repeat(table, len(table)), np.tile(table, len(table))
    if len(dtypes_of_sources) == 3:
        return rng.random(len(pairs[0])) < 0.5, *pairs
    return pairs[: len(dtypes_of_sources)]


def expected_of(op, dtype, source_dtypes, sources):
    """What the interpreter gives, as it is stored. For functions that are not exact, NumPy's float32 is not, either."""
    if op in C_ULPS:
        with np.errstate(all="ignore"):
            sources = [x.astype(np.float64) if x.dtype == np.float32 else x for x in sources]
    places = tuple(UOp.const(kind, 0, (len(sources[0]),)) for kind in source_dtypes)
    with np.errstate(all="ignore"):
        return encode(evaluate(UOp(op, dtype, places), *sources), dtype)


# -- one function for each group


def kept_as(dtype):
    """How results are kept here: 16-bit fractions as float32, lest storing them rounds what should be round already."""
    return dtypes.float32 if dtype in (dtypes.float16, dtypes.bfloat16) else dtype


def body(dialect, group, cases, pointer):
    """Statements that load the sources and store the result of every case; ``pointer(kind, k)`` is the k-th array."""
    lines = []
    for k, kind in enumerate(group):
        lines.append(f"{dialect.type_of(kind)} x{k} = {dialect.load(kind, pointer(kind, k), 'i')};")
    names = [f"x{k}" for k in range(len(group))]
    for k, (op, dtype, _) in enumerate(cases, len(group)):
        lines.append(f"{{ {dialect.type_of(dtype)} y = {dialect.expression(op, dtype, group, names)};")
        kept = kept_as(dtype)
        lines.append(f"  {dialect.store(kept, pointer(kept, k), 'i', 'y')} }}")
    return "\n    ".join(lines)


def c_source():
    functions = []
    for number, (group, cases) in enumerate(GROUPS.items()):
        text = body(C, group, cases, lambda kind, k: f"(({C.storage_of(kind)} *)arrays[{k}])")
        functions.append(
            f"void f{number}(int64_t n, void **arrays) {{\n  for (int64_t i = 0; i < n; i++) {{\n    {text}\n  }}\n}}"
        )
    return "\n".join(functions)


def build(folder, text, *flags):
    """Compile functions into a library; nothing may be warned of."""
    source, library = folder / "functions.c", folder / "functions.so"
    source.write_text(C.preamble + C.helpers(text) + "\n" + text)
    done = subprocess.run([CC, *FLAGS, *flags, str(source), "-o", str(library), "-lm"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:3000]
    assert not done.stderr, done.stderr[:3000]
    return library


def run_c(library):
    """The results of every case, as C computes them."""
    functions = ctypes.CDLL(str(library))
    results = {}
    for number, (group, cases) in enumerate(GROUPS.items()):
        sources = sources_of(group)
        n = len(sources[0])
        arrays = [np.ascontiguousarray(encode(x, kind)) for x, kind in zip(sources, group)]
        arrays += [np.zeros(n, kept_as(dtype).storage) for _, dtype, _ in cases]
        pointers = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        functions[f"f{number}"](ctypes.c_int64(n), pointers)
        results.update(zip(cases, arrays[len(group) :]))
    return results


def compiler_takes(folder, *flags):
    if not CC:
        return False
    source = folder / "try.c"
    source.write_text("int f(int x) { return x; }")
    return not subprocess.run(
        [CC, *FLAGS, *flags, str(source), "-o", str(folder / "try.so")], capture_output=True
    ).returncode


@pytest.fixture(scope="module", params=["-O2", "-O3 -march=native"])
def c_results(request, tmp_path_factory):
    folder, flags = tmp_path_factory.mktemp("cstyle"), request.param.split()
    if not compiler_takes(folder, *flags):
        pytest.skip("there is no C compiler, or it does not take these flags")
    return run_c(build(folder, c_source(), *flags))


@pytest.fixture(scope="module")
def opencl():
    """A context and a queue."""
    cl = pytest.importorskip("pyopencl")
    try:
        context = cl.Context(cl.get_platforms()[0].get_devices()[:1])
        cl.Program(context, "kernel void f(global int *x) { x[0] = 1; }").build()
    except (cl.Error, IndexError) as error:
        pytest.skip(f"there is no OpenCL that works: {str(error).strip().splitlines()[0] if str(error) else error!r}")
    return cl, context, cl.CommandQueue(context)


@pytest.fixture(scope="module")
def opencl_results(opencl):
    cl, context, queue = opencl
    double = "cl_khr_fp64" in context.devices[0].extensions
    groups = {
        group: [case for case in cases if double or case[1] is not dtypes.float64]
        for group, cases in GROUPS.items()
        if double or dtypes.float64 not in group
    }
    kernels = []
    for number, (group, cases) in enumerate(groups.items()):
        parameters = [*group, *(kept_as(dtype) for _, dtype, _ in cases)]
        declared = ", ".join(f"global {OPENCL.storage_of(kind)} *a{k}" for k, kind in enumerate(parameters))
        text = body(OPENCL, group, cases, lambda kind, k: f"a{k}")
        kernels.append(f"kernel void f{number}({declared}) {{\n    size_t i = get_global_id(0);\n    {text}\n}}")
    program = build_opencl(opencl, "\n".join(kernels))
    results = {}
    for number, (group, cases) in enumerate(groups.items()):
        sources = sources_of(group)
        arrays = [np.ascontiguousarray(encode(x, kind)) for x, kind in zip(sources, group)]
        arrays += [np.zeros(len(sources[0]), kept_as(dtype).storage) for _, dtype, _ in cases]
        run_opencl(opencl, program, f"f{number}", arrays, len(sources[0]))
        results.update(zip(cases, arrays[len(group) :]))
    return results


def build_opencl(opencl, text):
    cl, context, _ = opencl
    return cl.Program(context, OPENCL.preamble + OPENCL.helpers(text) + "\n" + text).build(["-cl-std=CL1.2"])


def run_opencl(opencl, program, name, arrays, size):
    """Run a kernel for ``size`` numbers."""
    cl, context, queue = opencl
    flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
    buffers = [cl.Buffer(context, flags, hostbuf=array) for array in arrays]
    getattr(program, name)(queue, (size,), None, *buffers)
    for array, buffer in zip(arrays, buffers):
        cl.enqueue_copy(queue, array, buffer)


# -- the comparison


def steps_apart(a, b):
    """How many representable numbers lie between stored fractions."""
    whole = f"int{8 * a.dtype.itemsize}"
    a, b = (x.view(whole).astype(np.int64) for x in (a, b))
    least = np.int64(np.iinfo(whole).min)
    a, b = (np.where(x < 0, least - x, x) for x in (a, b))
    return np.abs(a - b)


def compare(case, got, tolerances):
    op, dtype, source_dtypes = case
    sources = sources_of(source_dtypes)
    expected = expected_of(op, dtype, source_dtypes, sources)
    if got.dtype != dtype.storage:  # 16-bit fractions that are kept as float32
        assert np.array_equal(decode(encode(got, dtype), dtype), got, equal_nan=True), f"{case} is not rounded"
        got = encode(got, dtype)
    if dtype.is_float:
        a, b = decode(got, dtype), decode(expected, dtype)
        allowed = tolerances.get(op, (0, 0))[dtype is dtypes.float64]
        allowed = min(allowed, 1) if dtype.itemsize == 2 else allowed
        same = (steps_apart(got, expected) <= allowed) | np.isnan(a) & np.isnan(b)
        if op in MINUS_ZERO_MAY_DIFFER or allowed:
            same |= a == b
    else:
        same = got == expected
    if op is Ops.BITCAST and source_dtypes[0].is_float:  # a NaN's bits are nobody's business
        same |= np.isnan(sources[0])
    if not same.all():
        i = np.flatnonzero(~same)
        shown = "; ".join(
            f"{[s[k].item() for s in sources]} gave {decode(got, dtype)[k]}, not {decode(expected, dtype)[k]}"
            for k in i[:5]
        )
        raise AssertionError(f"{op.name} to {dtype.name} of {source_dtypes}: {len(i)} wrong, such as {shown}")


@pytest.mark.parametrize("op", sorted(ELEMENTWISE))
def test_c_agrees_with_the_interpreter(op, c_results):
    for case in CASES:
        if case[0] is op:
            compare(case, c_results[case], C_ULPS)


@pytest.mark.parametrize("op", sorted(ELEMENTWISE))
def test_opencl_agrees_with_the_interpreter(op, opencl_results):
    for case in opencl_results:
        if case[0] is op:
            compare(case, opencl_results[case], OPENCL_ULPS)


# -- literals, loading and storing


def constants_of(dtype):
    values = numbers(dtype, np.random.default_rng(3)).tolist()
    if dtype.is_float:
        return values + [0.1, 1 / 3, 1e300, 1e-320, 16777217.0, float(2**64)]  # also such as the dtype cannot hold
    return values + [dtype.max + 1, dtype.min - 1, -1, 300] if dtype.is_int else values


def constants_text(dialect, pointer):
    """Statements that store every constant of every dtype."""
    return "\n".join(
        dialect.store(dtype, pointer(dtype, k), str(i), dialect.literal(dtype, value))
        for k, dtype in enumerate(ALL_DTYPES)
        for i, value in enumerate(constants_of(dtype))
    )


def check_constants(arrays):
    for dtype, array in zip(ALL_DTYPES, arrays):
        for value, got in zip(constants_of(dtype), array):
            with np.errstate(all="ignore"):
                expected = (
                    encode(np.array(value), dtype)
                    if not dtype.is_int
                    else np.array(value % 2 ** (8 * dtype.itemsize), f"uint{8 * dtype.itemsize}").view(dtype.storage)
                )
            same_nan = dtype.is_float and np.isnan(value) and np.isnan(decode(got, dtype))
            assert got.tobytes() == expected.tobytes() or same_nan, (dtype, value, got)


def test_c_reads_literals_exactly(tmp_path):
    if not CC:
        pytest.skip("there is no C compiler")
    text = constants_text(C, lambda kind, k: f"(({C.storage_of(kind)} *)arrays[{k}])")
    functions = ctypes.CDLL(str(build(tmp_path, f"void f(void **arrays) {{\n{text}\n}}")))
    arrays = [np.zeros(200, dtype.storage) for dtype in ALL_DTYPES]
    functions.f((ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays)))
    check_constants(arrays)


def test_opencl_reads_literals_exactly(opencl):
    if "cl_khr_fp64" not in opencl[1].devices[0].extensions:
        pytest.skip("this device has no float64")
    text = constants_text(OPENCL, lambda kind, k: f"a{k}")
    declared = ", ".join(f"global {OPENCL.storage_of(dtype)} *a{k}" for k, dtype in enumerate(ALL_DTYPES))
    program = build_opencl(opencl, f"kernel void f({declared}) {{\n{text}\n}}")
    arrays = [np.zeros(200, dtype.storage) for dtype in ALL_DTYPES]
    run_opencl(opencl, program, "f", arrays, 1)
    check_constants(arrays)


@pytest.mark.parametrize(
    "dtype, value, text",
    [
        (dtypes.float32, 0.1, "0.1f"),
        (dtypes.float32, -2.0, "(-2.0f)"),
        (dtypes.float64, 0.1, "0.1"),
        (dtypes.float16, 1e6, "((float)INFINITY)"),
        (dtypes.float64, float("-inf"), "((double)-INFINITY)"),
        (dtypes.int32, 7, "7"),
        (dtypes.int64, -(2**63), "(-9223372036854775807L - 1)"),
        (dtypes.uint64, 2**64 - 1, "18446744073709551615UL"),
        (dtypes.bool, True, "true"),
    ],
)
def test_literals_as_they_are_written(dtype, value, text):
    assert C.literal(dtype, value) == OPENCL.literal(dtype, value) == text


def stores(dialect, pointer):
    kinds = (dtypes.float16, dtypes.bfloat16)
    return "\n".join(dialect.store(kind, pointer(kind, k), "i", "x") for k, kind in enumerate(kinds, 1))


def check_stores(x, halves, bfloats):
    for dtype, got in ((dtypes.float16, halves), (dtypes.bfloat16, bfloats)):
        with np.errstate(all="ignore"):
            expected = encode(x, dtype)
        assert ((got == expected) | np.isnan(x) & np.isnan(decode(got, dtype))).all()


def test_c_rounds_what_it_stores(tmp_path):
    if not CC:
        pytest.skip("there is no C compiler")
    text = stores(C, lambda kind, k: f"(({C.storage_of(kind)} *)arrays[{k}])")
    loop = f"for (int64_t i = 0; i < n; i++) {{ float x = ((float *)arrays[0])[i];\n{text}\n}}"
    functions = ctypes.CDLL(str(build(tmp_path, f"void f(int64_t n, void **arrays) {{ {loop} }}")))
    (x,) = sources_of((dtypes.float32,))
    arrays = [x, np.zeros(len(x), np.float16), np.zeros(len(x), np.uint16)]
    functions.f(ctypes.c_int64(len(x)), (ctypes.c_void_p * 3)(*(array.ctypes.data for array in arrays)))
    check_stores(*arrays)


def test_opencl_rounds_what_it_stores(opencl):
    text = stores(OPENCL, lambda kind, k: f"a{k}")
    declared = "global float *a0, global ushort *a1, global ushort *a2"
    loop = f"size_t i = get_global_id(0); float x = a0[i];\n{text}"
    (x,) = sources_of((dtypes.float32,))
    arrays = [x, np.zeros(len(x), np.float16), np.zeros(len(x), np.uint16)]
    run_opencl(opencl, build_opencl(opencl, f"kernel void f({declared}) {{ {loop} }}"), "f", arrays, len(x))
    check_stores(*arrays)


@pytest.mark.parametrize("dialect", [C, OPENCL], ids=lambda dialect: dialect.name)
def test_helpers_are_those_that_are_used_each_after_what_it_calls(dialect):
    text = dialect.helpers(
        "y = mod_int32(a, b) + mod_float32(c, d) + round_float16(e) + acc_float32 + mod_int32(a, 2);"
    )
    names = re.findall(r"^static inline \w+ (\w+)\(", text, re.MULTILINE)
    assert len(names) == len(set(names))
    assert {"mod_int32", "mod_float32", "round_float16"} <= set(names)
    assert {"floordiv_int32", "threefry_uint64", "round_bfloat16", "acc_float32"}.isdisjoint(names)
    for position, definition in enumerate(text.split("static inline ")[1:]):
        called = set(re.findall(r"(\w+)\(", definition)) & set(names)
        assert called <= set(names[: position + 1])
    assert dialect.helpers("y = a + b;") == ""


def test_texts_are_as_plain_as_can_be():
    two = (dtypes.float32,) * 2
    assert C.expression(Ops.ADD, dtypes.float32, two, ("a", "b")) == "(a + b)"
    assert C.expression(Ops.SQRT, dtypes.float32, two[:1], ("a",)) == "sqrtf(a)"
    assert C.expression(Ops.SQRT, dtypes.float64, (dtypes.float64,), ("a",)) == "sqrt(a)"
    assert OPENCL.expression(Ops.SQRT, dtypes.float32, two[:1], ("a",)) == "sqrt_float32(a)"
    assert C.load(dtypes.bool, "p", "i + 1") == "(p[i + 1] != 0)"
    assert C.store(dtypes.int32, "p", "i", "x") == "p[i] = x;"
    assert C.expression(Ops.ADD, dtypes.int8, (dtypes.int8,) * 2, ("a", "b")) == "(int8_t)(a + b)"
    assert C.expression(Ops.MAXIMUM, dtypes.float16, (dtypes.float16,) * 2, ("a", "b")) == "maximum_float32(a, b)"


# -- free of undefined behaviour, and quick


def test_c_leaves_nothing_undefined(tmp_path, capfd):
    flags = ("-fsanitize=undefined,float-cast-overflow", "-O1")
    if not compiler_takes(tmp_path, *flags):
        pytest.skip("there is no C compiler with libubsan")
    run_c(build(tmp_path, c_source(), *flags))
    assert "runtime error" not in capfd.readouterr().err


QUICK = [
    *(
        (op, dtypes.float32)
        for op in (Ops.NEG, Ops.RECIPROCAL, Ops.ABS, Ops.SIGN, Ops.RELU, Ops.SQRT, Ops.FLOOR, Ops.ROUND)
    ),
    *((op, dtypes.float32) for op in (Ops.EXP, Ops.EXPM1, Ops.LOG, Ops.LOG1P, Ops.TANH, Ops.ERF, Ops.WHERE, Ops.LT)),
    *((op, dtypes.float32) for op in (Ops.ADD, Ops.MUL, Ops.DIV, Ops.MAXIMUM, Ops.MINIMUM)),
    *(
        (op, dtypes.int32)
        for op in (Ops.ADD, Ops.MUL, Ops.ABS, Ops.SIGN, Ops.MAXIMUM, Ops.SHL, Ops.SHR, Ops.NE, Ops.WHERE)
    ),
    *((op, dtypes.int8) for op in (Ops.ADD, Ops.SUB, Ops.MAXIMUM, Ops.NOT)),
    *((op, dtypes.bool) for op in (Ops.AND, Ops.OR, Ops.XOR, Ops.NOT)),
    *((op, half) for half in (dtypes.float16, dtypes.bfloat16) for op in (Ops.ADD, Ops.MUL, Ops.MAXIMUM)),
    (Ops.THREEFRY, dtypes.uint64),
]


def test_gcc_works_on_many_numbers_at_once(tmp_path):
    version = subprocess.run([CC or "false", "--version"], capture_output=True, text=True).stdout
    if "Free Software Foundation" not in version:
        pytest.skip("there is no gcc, whose reports this reads")
    if not compiler_takes(tmp_path, "-march=native"):
        pytest.skip("this gcc takes no -march=native")
    cases = [case for case in CASES if (case[0], case[2][-1]) in QUICK]
    quick_casts = {dtypes.bool, dtypes.int32, dtypes.float16, dtypes.float32}
    cases += [case for case in CASES if case[0] is Ops.CAST and {case[1], *case[2]} <= quick_casts]
    functions = []
    for number, (op, dtype, kinds) in enumerate(cases):
        parameters = [f"{C.storage_of(kind)} *restrict a{k}" for k, kind in enumerate((*kinds, dtype))]
        loads = [C.load(kind, f"a{k}", "i") for k, kind in enumerate(kinds)]
        declared = " ".join(f"{C.type_of(kind)} x{k} = {load};" for k, (kind, load) in enumerate(zip(kinds, loads)))
        value = C.expression(op, dtype, kinds, [f"x{k}" for k in range(len(kinds))])
        loop = f"for (int64_t i = 0; i < n; i++) {{ {declared} {C.store(dtype, f'a{len(kinds)}', 'i', value)} }}"
        functions.append(f'#line {number + 1} "case"\nvoid f{number}(int64_t n, {", ".join(parameters)}) {{ {loop} }}')
    source, library = tmp_path / "quick.c", tmp_path / "quick.so"
    text = "\n".join(functions)
    source.write_text(C.preamble + C.helpers(text) + "\n" + text)
    flags = [*FLAGS[1:], "-O3", "-march=native", "-fno-ipa-icf", "-fopt-info-vec-optimized"]
    done = subprocess.run([CC, *flags, str(source), "-o", str(library)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:3000]
    quick = {int(line.split(":")[1]) for line in done.stderr.splitlines() if line.startswith("case:")}
    assert not [case for number, case in enumerate(cases, 1) if number not in quick]
    compiled = ctypes.CDLL(str(library))
    for number, (op, dtype, kinds) in enumerate(cases):
        arrays = [np.ascontiguousarray(encode(x, kind)) for x, kind in zip(sources_of(kinds), kinds)]
        arrays.append(np.zeros(len(arrays[0]), dtype.storage))
        compiled[f"f{number}"](
            ctypes.c_int64(len(arrays[0])), *(ctypes.c_void_p(array.ctypes.data) for array in arrays)
        )
        compare((op, dtype, kinds), arrays[-1], C_ULPS)
