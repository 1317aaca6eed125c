"""What must hold of ``CategoryEncoder``. Oracle: scikit-learn."""

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from checks.language import Piece
from checks.ml.pipeline.shared import OWN


def vocabularies(rng):
    yield dict(words=["south", "east", "east"], new=["south", "north", ""])
    yield dict(words=["no"], new=["no", "north"])
    yield dict(words=["wavy", "", "jagged", "smooth", ""], new=["smooth", "", "jagged", "wavy", "torn", "wavy or so"])
    yield dict(words=["b", "B", "NA", "a"], new=["a", "NA", "na"])
    stock = np.array(["oak", "elm", "ash", "yew", "fir", ""])
    for n, m in ((4, 5), (9, 3)):
        yield dict(words=["fig", *rng.choice(stock, n).tolist()], new=rng.choice(stock, m).tolist())


def sklearn_codes(words, new):
    known = np.array([[word] for word in words if word], object)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(known)
    return encoder.transform(np.array(new, object)[:, None])


encoding = Piece("ml.pipeline:CategoryEncoder", forbid=OWN)
encoding.asks(
    "CategoryEncoder().fit(np.array(words)).transform(np.array(new))",
    "1 in the column of the word, and nothing but 0 for a word that is new or missing",
    cases=vocabularies,
    answer=sklearn_codes,
)
encoding.asks(
    "[str(word) for word in CategoryEncoder().fit(words).categories_]",
    "the words of a list, each once, in alphabetical order, without the missing one",
    cases=vocabularies,
    answer=lambda words: sorted(set(words) - {""}),
)
encoding.asks(
    "encoder = CategoryEncoder()\nsame = encoder.fit(words) is encoder\n"
    "[same, encoder.fit(again).transform(new).dtype.kind, encoder.transform(new)]",
    "fit returns the encoder, a second fit forgets the first, and the numbers are floats",
    cases=[dict(words=["south", "east"], again=["west", "south"], new=["east", "west"])],
    answer=lambda words, again, new: [True, "f", sklearn_codes(again, new)],
)
encoding.asks(
    "CategoryEncoder().transform(new)", "not before fit", cases=[dict(new=["south"])], raises="NotFittedError"
)
CODES = "(np.asarray(words)[:, None] == self.categories_).astype(float)"
AT_HAND = "The categories are those of the rows at hand; they were learned in fit, and have to be kept."
encoding.mistake(AT_HAND, CODES, CODES.replace("self", "CategoryEncoder().fit(words)"))
encoding.mistake("A missing word became a category of its own.", ' - {""}', "")
UNSEEN = "A word that fit has not seen has no place among the categories; its row is all zeros."
encoding.mistake(UNSEEN, CODES, "np.eye(len(self.categories_))[[self.categories_.index(w) for w in words if w]]")
SIGN = "A sign like NA is a word like any other here; only the empty word is no category."
encoding.mistake(SIGN, ' - {""}', " - {word for word in words if is_missing(word)}")
SORTED = 'sorted(set(np.asarray(words).tolist()) - {""})'
CAPITALS = "The order is that of `sorted`, in which all capital letters come before the small ones."
encoding.mistake(CAPITALS, SORTED, SORTED[:-1] + ", key=lambda word: (word.lower(), word))")
OCCURRED = "The categories stand in the order in which they occurred; the order of the alphabet is wanted."
encoding.mistake(OCCURRED, SORTED, "[word for word in dict.fromkeys(map(str, words)) if word]")
NEAR = "An unknown word was given to its neighbour in the alphabet: searchsorted finds a place for every word."
encoding.mistake(NEAR, CODES, "np.eye(len(self.categories_))[np.searchsorted(self.categories_[1:], words)]")
encoding.mistake(
    "These are the numbers of the categories; each needs a column of its own.",
    CODES,
    "np.array([[float(self.categories_.index(w)) if w in self.categories_ else 0.0] for w in map(str, words)])",
)
encoding.hint("A set holds each word once: `set(words) - {''}`. `sorted` makes a list of it.")
encoding.hint("One row for each word, in it one comparison for each category: two loops, or one outer comparison.")
encoding.hint("`words[:, None] == categories` compares a column of words with a row of categories, as arrays.")
