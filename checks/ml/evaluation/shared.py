"""What the checks of ``ml.evaluation`` share: the ten people of the lesson, and a model that keeps records."""

MAKE_ARRAYS = "y_true, y_pred = check_labels(y_true, y_pred)"
SCRATCH = {"sklearn": "it is what you are building"}
ILL = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]  # the ten people of the lesson

UNPAIRED = ([1, 0, 1], [1, 0]), ([1, 0, 1], [1]), ([], []), ([1, 0, 1], [[1], [0], [0]])


def refuses_pairs(piece, code):
    piece.asks(
        code,
        "labels that do not come in pairs are refused",
        cases=[dict(y_true=a, y_pred=b) for a, b in UNPAIRED],
        raises="ValueError",
    )


RECORDER = """
class Recorder:
    \"\"\"Learns nothing, but notes the rows it was fitted and scored on; its score tells of both.\"\"\"
    def __init__(self):
        made.append(self)
    def fit(self, X, y):
        assert not hasattr(self, "fitted"), "this model has been fitted before"
        self.fitted = X[:, 0].tolist(), y.tolist()
        return self
    def score(self, X, y):
        asked = X[:, 0].tolist(), y.tolist()
        assert len(X) == len(y) and len(self.fitted[0]) == len(self.fitted[1]), "X and y of different rows"
        notes.append([self.fitted, asked])
        return float(np.dot(*self.fitted) + 0.001 * np.dot(*asked))
made, notes = [], []
"""
