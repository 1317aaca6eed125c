"""What must hold of ``xor_by_hand``."""

import numpy as np

from checks.language import Piece
from checks.neural.neuron.shared import CORNERS, SCRATCH

by_hand = Piece("neural.neuron:xor_by_hand", forbid=SCRATCH)
by_hand.asks(
    "W, b, w, c = xor_by_hand()\ntwo_layer_step(rows, W, b, w, c)",
    "1 where exactly one of the two inputs is 1",
    cases=[dict(rows=np.array([row])) for row in ([0, 0], [0, 1], [1, 0], [1, 1])] + [dict(rows=CORNERS)],
    answer=lambda rows: np.array([int(a != b) for a, b in rows]),
)
by_hand.asks(
    "W, b, w, c = xor_by_hand()\n[np.shape(part) for part in (W, b, w, c)]",
    "the shapes are (2, 2), (2,), (2,), and c is one number",
    cases=[{}],
    answer=lambda: [(2, 2), (2,), (2,), ()],
)
by_hand.mistake("This is OR: the row (1, 1) fires as well.", "[1.0, -1.0]", "[1.0, 0.0]")
by_hand.mistake(
    "Only (1, 1) fires: this is AND. The output neuron has to hold back where both hidden neurons fire.",
    "return W, b, w, -0.5",
    "return W, b, np.array([1.0, 1.0]), -1.5",
)
by_hand.mistake(
    "The output never fires: compare what the two hidden neurons say about each row, and what is left of it.",
    "[-0.5, -1.5]",
    "[-0.5, -0.5]",
)
by_hand.mistake(
    "Only one of the two rows (0, 1) and (1, 0) fires: are a hidden neuron's weights in a column of W?",
    "np.ones((2, 2))",
    "np.array([[1.0, 1.0], [0.0, 1.0]])",
)
by_hand.hint("Let one hidden neuron fire for OR. Which single row is then still wrong, and who could recognise it?")
by_hand.hint("A neuron with the weights (1, 1) adds up its inputs; the bias decides from which sum on it fires.")
by_hand.hint("Output: fire where the first hidden neuron fires and the second, for AND, doesn't. Which sign does that?")
