"""What must hold of ``parse_number`` and ``read_table``. Oracle: Python's csv."""

import csv

from checks.language import Piece
from checks.ml.pipeline.shared import NAN, OWN

MARKS = {"", "?", "na", "n/a", "nan", "null"}


def number_in(cell):
    return NAN if cell.strip().lower() in MARKS else float(cell)


cell = Piece("ml.pipeline:parse_number", forbid=OWN)
cell.asks(
    "parse_number(cell)",
    "a number, or NaN where it is missing",
    cases=[
        dict(cell=c) for c in ("12.5", "NA", "", " 12.5", "?", "-3", "0", "1e3", "  ", " n/a ", "NaN", "null", " 7 ")
    ],
    answer=number_in,
)
cell.asks(
    "parse_number(cell)",
    "a word is refused, and named",
    cases=[dict(cell="south"), dict(cell=" south ")],
    raises="ValueError",
    mentions=("south",),
)
cell.asks(
    "parse_number(cell)",
    "what only looks like a number is refused",
    cases=[dict(cell=c) for c in ("12,5", "4 5", "3 mm", "--")],
    raises="ValueError",
)
cell.mistake("A missing number became 0, and nobody can tell it from a measured 0.", "return math.nan", "return 0.0")
cell.mistake("Only the empty cell counts as missing: ask is_missing.", "is_missing(cell)", 'cell == ""')
cell.mistake("A comma was taken for a decimal point; refuse it.", "float(cell)", 'float(cell.replace(",", "."))')
cell.hint("Two cases: `is_missing(cell)` is true, or `float(cell)` knows: `... if is_missing(cell) else ...`.")


def column_in(cells):
    try:
        return [number_in(c) for c in cells]
    except ValueError:
        return ["" if c.strip().lower() in MARKS else c.strip() for c in cells]


def columns_in(text):
    first, *rows = [cells for cells in csv.reader(text.split("\n")) if cells]
    return [(name.strip(), column_in(cells)) for name, cells in zip(first, zip(*rows))]


def texts(rng):
    yield dict(text="pot,water\nA,40\nB,?")
    yield dict(text="water\n40\n \n7")
    yield dict(text=" pot , water\n A ,40\nNA, 7.5 \n,100\n A ,40\n , \n")
    yield dict(text='place,area\n"Bath, Kent",3\n"the ""old"" harbour",1e3\nLeeds,null')
    yield dict(text="a,b,c\n1,2,x\n\n3,4,5\n\n,n/a,\n")
    for n in (3, 7):
        words = rng.choice(["oak", "elm, old", "?", "12 mm"], n)
        numbers = [rng.choice(["", "NA", f"{x:.3f}"], p=[0.1, 0.2, 0.7]) for x in rng.normal(0, 30, n)]
        rows = [f'{i},"{word}",{x}' for i, (word, x) in enumerate(zip(words, numbers))]
        yield dict(text="\n".join(["row,tree,height", *rows]))


reading = Piece("ml.pipeline:read_table", forbid=OWN)
reading.asks(
    "table = read_table(text)\n[(name, column.tolist()) for name, column in table.columns.items()]",
    "the columns, in their order, with floats or words in them",
    cases=texts,
    answer=columns_in,
)
reading.asks(
    "read_table(text)",
    "a line of another length is refused, and its number in the text is named",
    cases=[
        dict(text="a,b\n1,2\n3,4\n5\n6,8"),
        dict(text="a,b\n1,2\n3,5\n6,8,9"),
        dict(text="a,b\n1,2\n\n3"),
        dict(text="a\n1\n2\n3,5"),
    ],
    raises="ValueError",
    mentions=("4",),
)
reading.mistake(
    "A comma inside quotes doesn't end a cell: let csv.reader take the lines apart.",
    "csv.reader(text.splitlines())",
    'iter([line.split(",") if line else [] for line in text.splitlines()])',
)
COUNTS = "len(cells) != len(names)"
reading.mistake("Nothing compares the number of cells: zip cuts the longer ones off.", COUNTS, "False")
reading.mistake("Only lines with too few cells are refused.", COUNTS, "len(cells) < len(names)")
reading.mistake("The blanks around the names are still there.", "name.strip() for name", "name for name")
reading.mistake("Numbers came out as words: use parse_column.", "parse_column(column)", "[c.strip() for c in column]")
reading.mistake("An empty line is no row: skip it.", "continue", "pass")
BLANK = "A line of blanks or commas is a row of missing cells; only lines without any character are skipped."
reading.mistake(BLANK, "not cells", "not any(cell.strip() for cell in cells)")
reading.mistake("Equal rows were thrown out: keep all.", "not cells", "not cells or cells in rows")
reading.hint("`lines = csv.reader(text.splitlines())` gives lists of cells, and `next(lines)` the first of them.")
reading.hint(
    "`enumerate(lines, start=2)` counts the later lines, the first being 1. An empty one is [], and counts too."
)
reading.hint("Collect the rows in a list of lists. `zip(*rows)` turns it round: it gives the columns.")
