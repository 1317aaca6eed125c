"""What must hold of ``Pipeline``. Oracles: scikit-learn, steps that keep records."""

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from checks.language import Piece
from checks.ml.pipeline.shared import NAN, OWN, gappy

RECORDER = """class Keep:  # a last step that keeps what it is given
    def fit(self, X, y):
        self.X, self.y = X, y
        return self
    def predict(self, X):
        return X

"""
STEP = """class Step:  # writes down what is called
    def __init__(self, name):
        self.name = name
    def fit(self, X, *y):
        log.append(f"{self.name}.fit {X} {y}")
        return self
    def transform(self, X):
        log.append(f"{self.name}.transform {X}")
        return X + self.name

log = []
pipeline = Pipeline([(name, Step(name)) for name in names])
"""
STEPS = '[("fill", MedianImputer()), ("scale", StandardScaler()), ("last", Keep())]'


def trains(rng):
    yield dict(X=np.array([[1.0], [NAN], [5.0]]), y=np.array([0, 1, 1]), new=np.array([[NAN], [9.0]]))
    yield dict(X=np.array([[2.0, 1.0], [8.0, 1.0]]), y=np.array([1, 0]), new=np.array([[NAN, 4.0]]))
    for n, d in ((5, 3), (9, 2)):
        yield dict(X=gappy(rng, n, d, 0.2), y=rng.integers(0, 2, n), new=gappy(rng, 4, d, 0.2))


def prepared(X, new):
    steps = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    return steps.fit(X).transform(new)


fitting = Piece("ml.pipeline:Pipeline.fit", forbid=OWN)
fitting.asks(
    RECORDER + f"pipeline = Pipeline({STEPS})\npipeline.fit(X, y)\n[pipeline['last'].X, pipeline['last'].y]",
    "the last step is fitted on what the others made of X, and on y",
    cases=trains,
    answer=lambda X, y: [prepared(X, X), y],
)
fitting.asks(
    STEP + '[pipeline.fit("X", "labels") is pipeline, log]',
    "each step in turn: fit, transform, and the next; fit returns the pipeline",
    cases=[dict(names=["a", "b"]), dict(names=["a"]), dict(names=["b", "a", "c", "d"])],
    answer=lambda names: [True, calls(names)],
)


def calls(names):
    X, log = "X", []
    for name in names[:-1]:
        log += [f"{name}.fit {X} ()", f"{name}.transform {X}"]
        X += name
    return [*log, f"{names[-1]}.fit {X} ('labels',)"]


EACH = "X = step.transform(X)"
fitting.mistake("What transform returned is lost: it is the X of the next step.", EACH, "step.transform(X)")
fitting.mistake("The steps are fitted, but nothing is transformed before the next one.", EACH, "pass")
ALONE = "The last step alone was fitted; those before it have to be fitted too."
fitting.mistake(ALONE, "self.steps[-1][1].fit(X, y)\nreturn self")
fitting.mistake("fit returns the pipeline itself.", "return self", "return self.steps[-1][1]")
FIRST_X = "Each step got the X of the beginning; it has to see what the steps before it made of it."
fitting.mistake(
    FIRST_X,
    """
    made = X
    for _, step in self.steps[:-1]:
        step.fit(X)
        made = step.transform(made)
    self.steps[-1][1].fit(made, y)
    return self
    """,
)
fitting.hint("`for _, step in self.steps[:-1]:` walks over all steps but the last; `self.steps[-1][1]` is the last.")
fitting.hint("In the loop: fit the step on X, and give the name X to what its transform returns.")

passing = Piece("ml.pipeline:Pipeline.transform", forbid=OWN)
passing.asks(
    STEP + '[pipeline.transform("X"), log]',
    "X goes through all steps but the last, in their order, and nothing else is called",
    cases=[dict(names=["a", "b", "c"]), dict(names=["a"]), dict(names=["b", "a", "c", "d"])],
    answer=lambda names: ["X" + "".join(names[:-1]), [call for call in calls(names) if "transform" in call]],
)
passing.asks(
    RECORDER
    + f"pipeline = Pipeline({STEPS}).fit(X, y)\n"
    + "[pipeline.transform(new), pipeline.predict(new[:1]), pipeline.transform(X)]",
    "other rows go through the steps as they were fitted, and change nothing in them",
    cases=trains,
    answer=lambda X, new: [prepared(X, rows) for rows in (new, new[:1], X)],
)
passing.asks(
    RECORDER + f"Pipeline({STEPS}).transform(X)",
    "not before fit",
    cases=[dict(X=np.array([[1.0], [2.0]]))],
    raises="NotFittedError",
)
passing.mistake("The steps were fitted again, on the new rows.", EACH, "X = step.fit(X).transform(X)")
passing.mistake("What transform returned is lost: it is the X of the next step.", EACH, "step.transform(X)")
passing.mistake(
    "Only the first step was used: is the loop left early?",
    EACH,
    "return step.transform(X)",
)
passing.mistake("Steps go in their order, the first one first.", "self.steps[:-1]", "self.steps[-2::-1]")
passing.mistake("The last step has to be left out: what it is given is wanted.", "self.steps[:-1]", "self.steps")
passing.mistake(FIRST_X, "made = X\nfor _, step in self.steps[:-1]:\n    made = step.transform(X)\nreturn made")
passing.hint("The loop of fit, without fit.")
