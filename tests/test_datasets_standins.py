"""What is handed over when a set cannot be had: of the promised shapes, seeded, learnable, and never called real."""

import dataclasses
import math
import random
import re

import numpy as np
import pytest

from course_lib import datasets
from course_lib.datasets import download, drawn, entries, files, grammar, images, texts, written
from course_lib.datasets.grammar import Grammar
from course_lib.datasets.series import SERIES


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No cache, no mirror, no network; the image sets are small, so that they are drawn fast."""
    monkeypatch.setattr(files, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(files, "_said", set())
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(download, "_offline", True)
    small = {
        name: dataclasses.replace(entry, splits={"train": 300, "test": 100})
        for name, entry in entries.registry().items()
        if set(entry.splits) == {"train", "test"}
    }
    monkeypatch.setattr(images, "registry", lambda: {**entries.registry(), **small})
    monkeypatch.setattr(texts, "registry", lambda: {**entries.registry(), **small})


IMAGES = {
    "mnist": (datasets.load_mnist, (28, 28), 10),
    "fashion-mnist": (datasets.load_fashion_mnist, (28, 28), 10),
    "cifar10": (datasets.load_cifar10, (3, 32, 32), 10),
    "cifar100": (datasets.load_cifar100, (3, 32, 32), 100),
    "coarse": (lambda: datasets.load_cifar100(coarse=True), (3, 32, 32), 20),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images_have_the_real_set_s_shapes_and_say_what_they_are(name, capsys):
    load, shape, kinds = IMAGES[name]
    made = load()
    assert made.source.startswith("stand-in: ") and "(seed 0)" in made.source
    assert capsys.readouterr().err.count("STAND-IN") == 1
    for part, rows in ((made.train, 300), (made.test, 100)):
        assert part.features.shape == (rows, *shape) and part.features.dtype == np.uint8
        assert part.target.shape == (rows,) and part.target.dtype == np.int64
        assert 0 <= part.target.min() and part.target.max() < kinds
        assert part.source == made.source
    assert len(made.target_names) == len(set(made.target_names)) == kinds
    assert len(set(made.train.target)) == kinds, "every kind is there"
    assert made.train.features.max() > 180 and made.train.features.std() > 20
    assert not (made.train.features[0] == made.train.features[1]).all()
    first = made.train.features.copy()
    made.train.features[:] = 0
    assert (load().train.features == first).all(), "seeded, and a fresh copy each time"
    assert f"300 + 100 images of {' x '.join(map(str, shape))}; stand-in" in repr(made)


@pytest.mark.parametrize("draw", [drawn.digits, drawn.clothes, drawn.scenes])
def test_what_is_kept_cannot_be_changed(draw):
    first = draw(20, 10, seed=3)
    for array in first:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert draw(20, 10, seed=3) is first
    assert not np.array_equal(first[0], draw(20, 10, seed=4)[0])


@pytest.mark.parametrize("draw", [drawn.digits, drawn.clothes])
def test_a_plain_network_learns_drawn_images(draw):
    from sklearn.neural_network import MLPClassifier

    x, y, x_test, y_test = draw(6000, 1000)
    network = MLPClassifier((32,), max_iter=12, tol=0, n_iter_no_change=100, random_state=0)
    with pytest.warns(match="Maximum iterations"):
        network.fit(x.reshape(-1, 784) / 255, y)
    assert network.score(x_test.reshape(-1, 784) / 255, y_test) > 0.9
    assert min(np.bincount(y)) > 400, "no kind is rare"


def test_an_enlarged_image_is_as_light_as_the_small_one():
    made = drawn._vary(np.ones((1, 8, 8), np.float32), np.zeros(50, int), 1.0, np.random.default_rng(0))
    inside = made[:, 9:19, 9:19] / 255
    assert 0.68 < inside.mean(axis=(1, 2)).min() and inside.mean(axis=(1, 2)).max() < 0.96
    assert inside.std(axis=(1, 2)).max() < 0.06 and made[:, :2, :2].max() == 0


def test_the_digits_to_test_on_come_from_other_writers_hands():
    """The mean image of an original's variants is near it: no test original is among the training ones."""
    from sklearn.datasets import load_digits

    seen = []
    vary = drawn._vary

    def spy(originals, chosen, contrast, rng):
        seen.append({row.tobytes() for row in originals})
        return vary(originals, chosen, contrast, rng)

    drawn._vary = spy
    try:
        drawn.digits(200, 200, seed=9)
    finally:
        drawn._vary = vary
    train, test = seen
    assert not train & test and len(train) + len(test) == len({row.tobytes() for row in load_digits().data})


def test_a_scene_shows_the_shape_in_its_colour():
    x, y, _, _ = drawn.scenes(700, 100, coloured=True)
    assert np.bincount(y).tolist() == [7] * 100 and drawn.COLOURED[23] == "green triangle"
    colour, shape = y % 10, y // 10
    palette = np.array(list(drawn._COLOURS.values()), np.int16).reshape(10, 3, 1, 1)
    # how much of each scene is nearly of each colour, beyond what backgrounds have of it by chance
    near = np.stack([(np.abs(x - wanted).max(axis=1) < 30).mean(axis=(1, 2)) for wanted in palette], axis=1)
    for kind in range(10):
        assert near[colour == kind, kind].mean() > 3 * near[colour != kind, kind].mean(), list(drawn._COLOURS)[kind]
    covered = [near[shape == kind, colour[shape == kind]].mean() for kind in range(10)]
    u, v = np.meshgrid(np.linspace(-1, 1, 101), np.linspace(-1, 1, 101))
    area = [drawn._inside(kind, u, v).mean() for kind in range(10)]
    assert np.corrcoef(covered, area)[0, 1] > 0.8
    assert np.bincount(drawn.scenes(1000, 100)[1]).tolist() == [100] * 10


def test_shapes_are_what_they_are_called():
    u, v = np.meshgrid(np.linspace(-1, 1, 401), np.linspace(-1, 1, 401))
    area = {name: drawn._inside(kind, u, v).mean() * 4 for kind, name in enumerate(drawn.SHAPES)}
    expected = {
        **{"disc": math.pi, "square": 1.7**2, "triangle": 0.55 * 1.8**2, "ring": math.pi * (1 - 0.36), "diamond": 2},
        **{"cross": 2 * 0.6 * 2 - 0.36, "bar": 2 * 0.7, "frame": 1.7**2 - 1, "half disc": math.pi / 2},
    }
    for name, size in expected.items():
        assert abs(area[name] - size) < 0.05, name
    assert 1.2 < area["checkers"] < 1.7


# --- grammars


def derive(rules, rule, rng):
    """A text and the probability of the choices that made it."""
    alternatives = rules.rules[rule]
    p = grammar.probabilities(len(alternatives))
    i = rng.choices(range(len(p)), p)[0]
    text, total = "", p[i]
    for literal, inner in alternatives[i]:
        text += literal
        if inner:
            more, q = derive(rules, inner, rng)
            text, total = text + more, total * q
    return text, total


def prefixes(rules, rule, text, start):
    """The probability, for each end, that ``rule`` makes exactly ``text[start:end]``, in all possible ways."""
    ends = {}
    for p, parts in zip(grammar.probabilities(len(rules.rules[rule])), rules.rules[rule]):
        states = {start: p}
        for literal, inner in parts:
            states = {at + len(literal): q for at, q in states.items() if text.startswith(literal, at)}
            if inner:
                following = {}
                for at, q in states.items():
                    for end, r in prefixes(rules, inner, text, at).items():
                        following[end] = following.get(end, 0) + q * r
                states = following
        for end, q in states.items():
            ends[end] = ends.get(end, 0) + q
    return ends


STARTS = [(grammar.PLAY, "speech"), (grammar.ARTICLE, "article"), (grammar.NAME, "name")]


@pytest.mark.parametrize("rules, start", STARTS)
def test_a_text_can_be_made_in_one_way_only_so_the_entropy_is_right(rules, start):
    rules, rng = Grammar(rules), random.Random(3)
    surprises, lengths = [], []
    for i in range(1500):
        text, p = derive(rules, start, rng)
        surprises.append(-math.log2(p))
        lengths.append(len(text))
        if i < 60:
            ends = prefixes(rules, start, text, 0)
            assert math.isclose(ends[len(text)], p, rel_tol=1e-9), text
    for got, draws in ((rules.entropy(start), surprises), (rules.length(start), lengths)):
        assert abs(got - np.mean(draws)) < 6.2 * np.std(draws) / math.sqrt(len(draws))
    assert math.isclose(rules.bits_per_character(start), rules.entropy(start) / rules.length(start))


@pytest.mark.parametrize("rules, start", STARTS[:2])
def test_texts_one_after_the_other_are_told_apart(rules, start):
    """No text is the beginning of another, so a row of them is read in one way."""
    rules, rng = Grammar(rules), random.Random(4)
    for _ in range(40):
        first, p = derive(rules, start, rng)
        following = first + derive(rules, start, rng)[0]
        assert list(prefixes(rules, start, following, 0)) == [len(first)]


def test_entropy_of_a_grammar_worked_by_hand():
    tiny = Grammar({"start": ["a{x}", "bb"], "x": ["0", "1"]})
    # Zipf's law: 2/3 and 1/3 each time; so a0, a1, bb have 4/9, 2/9, 1/3
    expected = -sum(p * math.log2(p) for p in (4 / 9, 2 / 9, 1 / 3))
    assert math.isclose(tiny.entropy("start"), expected) and tiny.length("start") == pytest.approx(2)
    assert tiny.bits_per_character("start") == pytest.approx(expected / 2)
    rng = random.Random(0)
    made = [tiny.make("start", rng) for _ in range(9000)]
    for text, share in (("a0", 4 / 9), ("a1", 2 / 9), ("bb", 1 / 3)):
        assert abs(made.count(text) / 9000 - share) < 6.2 * math.sqrt(share * (1 - share) / 9000)


def test_shakespeare_s_stand_in_is_as_long_and_knows_its_entropy():
    made = datasets.load_shakespeare()
    assert made.source.startswith("stand-in: ") and len(made.text) == 1115394
    assert (len(made.train), len(made.valid), len(made.test)) == (1003854, 55770, 55770)
    assert made.entropy == Grammar(grammar.PLAY).bits_per_character("speech") and f"{made.entropy:.3f}" in made.source
    assert re.match(r"[A-Z]+:\n\S", made.text) and "\n\n" in made.train
    assert datasets.load_shakespeare().text == made.text, "seeded"


def test_wikitext_s_stand_in_has_as_many_lines():
    made = datasets.load_wikitext2()
    assert made.source.startswith("stand-in: ") and made.entropy == pytest.approx(0.344, abs=0.001)
    assert [part.count("\n") for part in (made.train, made.valid, made.test)] == [36718, 3760, 4358]
    assert re.search(r"\n = [\w ]+ = \n \n \w", made.train) and "<unk>" in made.valid
    assert made.valid[:200] != made.test[:200]


def test_names_are_names():
    made = datasets.load_names()
    assert isinstance(made, list) and len(made) == 32033 and made.source.startswith("stand-in: ")
    assert all(re.fullmatch("[a-z]{4,7}", name) for name in made) and len(set(made)) > 5000
    assert made.name == "names" and made.licence == "MIT" and "makemore" in made.citation


NUMBERS = {
    0: ("zero", "zéro"),
    16: ("sixteen", "seize"),
    21: ("twenty-one", "vingt et un"),
    30: ("thirty", "trente"),
    69: ("sixty-nine", "soixante-neuf"),
    70: ("seventy", "soixante-dix"),
    71: ("seventy-one", "soixante et onze"),
    77: ("seventy-seven", "soixante-dix-sept"),
    80: ("eighty", "quatre-vingts"),
    81: ("eighty-one", "quatre-vingt-un"),
    91: ("ninety-one", "quatre-vingt-onze"),
    99: ("ninety-nine", "quatre-vingt-dix-neuf"),
    100: ("one hundred", "cent"),
    101: ("one hundred and one", "cent un"),
    200: ("two hundred", "deux cents"),
    280: ("two hundred and eighty", "deux cent quatre-vingts"),
    999: ("nine hundred and ninety-nine", "neuf cent quatre-vingt-dix-neuf"),
    1000: ("one thousand", "mille"),
    1001: ("one thousand and one", "mille un"),
    2021: ("two thousand and twenty-one", "deux mille vingt et un"),
    2500: ("two thousand five hundred", "deux mille cinq cents"),
    80080: ("eighty thousand and eighty", "quatre-vingt mille quatre-vingts"),
    200201: ("two hundred thousand two hundred and one", "deux cent mille deux cent un"),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_in_words(number):
    assert (written.english(number), written.french(number)) == NUMBERS[number]


def test_sentence_pairs_are_numbers_in_two_languages():
    made = datasets.load_translation()
    assert made.source.startswith("stand-in: ") and len(made) == 167130
    assert made[121] == ("one hundred and twenty-one", "cent vingt et un")
    for side in zip(*made):
        assert len(set(side)) == len(made), "each number has a name of its own"


def test_reviews_tell_their_sentiment():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    made = datasets.load_imdb()
    assert made.source.startswith("stand-in: ") and made.target_names == ("negative", "positive")
    assert np.bincount(made.train.target).tolist() == [150, 150] and len(made.train.texts) == 300
    assert np.bincount(made.test.target).tolist() == [50, 50] and made.train.texts[0] != made.test.texts[0]
    words = CountVectorizer(ngram_range=(1, 2))
    model = MultinomialNB().fit(words.fit_transform(made.train.texts), made.train.target)
    score = model.score(words.transform(made.test.texts), made.test.target)
    assert 0.85 < score, "learnable"
    assert any("not " in text for text in made.train.texts) and any("<br />" in text for text in made.train.texts)


@pytest.mark.parametrize("name", SERIES)
def test_series_have_the_real_ones_dates_and_seasons(name):
    made = datasets.load_series(name)
    entry = datasets.registry()[name]
    assert made.source.startswith("stand-in: ") and made.unit == entry.unit
    assert len(made.dates) == len(made.values) == entry.rows and made.values.dtype == np.float64
    assert (made.dates[0], made.dates[-1]) == {
        "airline-passengers": ("1949-01", "1960-12"),
        "daily-min-temperatures": ("1981-01-01", "1990-12-31"),
        "monthly-sunspots": ("1749-01", "1983-12"),
        "shampoo": ("1-01", "3-12"),
    }[name]
    assert len(set(made.dates)) == entry.rows and list(made.dates) == sorted(made.dates)
    season = {"airline-passengers": 12, "daily-min-temperatures": 365, "monthly-sunspots": 132}.get(name)
    if season:
        change = made.values - np.polyval(np.polyfit(range(entry.rows), made.values, 1), range(entry.rows))
        likeness = {lag: np.corrcoef(change[lag:], change[:-lag])[0, 1] for lag in range(season // 2, season * 3 // 2)}
        assert likeness[season] > 0.5
        assert abs(max(likeness, key=likeness.get) - season) <= season // 30, "the season has the right length"
    assert np.array_equal(datasets.load_series(name).values, made.values)


def test_a_series_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no series 'sunspots': choose one of airline-passengers, "):
        datasets.load_series("sunspots")


def test_python_s_own_source_is_always_there_and_real():
    import ast

    made = datasets.load_python_source()
    assert made.source.startswith("real: the standard library of Python 3.") and made.entropy is None
    assert len(made.text) > 2_000_000 and abs(len(made.train) / len(made.text) - 0.9) < 1e-3
    assert "def dedent(text" in made.text and "class Fraction(" in made.text
    start = made.text.index('"""Text wrapping and filling.')
    assert ast.parse(made.text[start : made.text.index("\nimport", start)])
