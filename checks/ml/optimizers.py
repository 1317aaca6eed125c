"""What must hold of the pieces of ``ml.optimizers``. Oracles: plain loops over single numbers, and closed forms."""

import math

import numpy as np

from checks.language import Piece

HAND = dict(weights=[np.array([10.0, 1.0])], gradients=[[np.array([10.0, 10.0])]], rate=0.1)


def array(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def settings(rng, **ranges):
    """A number drawn from each range, rounded."""
    return {name: round(float(rng.uniform(*ends)), 3) for name, ends in ranges.items()}


def rows(table):
    """Known mistakes, a row each, ``what stands there => what is written instead | the sentence``, for ``mistake``."""
    for row in table.strip().splitlines():
        change, sentence = row.split(" | ")
        old, new = change.split(" =>")
        yield sentence, old.strip(), new.strip()


def single(**ranges):
    """Cases of one parameter: by hand (eps tiny), a slope of 0, a second step, then drawn ones of several shapes."""

    def cases(rng):
        first = {name: round(sum(ends) / 2, 3) for name, ends in ranges.items()}
        tiny = first | {name: 1e-8 for name in first if name == "eps"}
        yield dict(w=np.array([10.0, 1.0]), gradients=[np.array([10.0, 10.0])], rate=0.1, **tiny)
        yield dict(w=np.array([4.0, -3.0]), gradients=[np.zeros(2)], rate=0.5, **first)
        yield dict(w=np.array([2.0]), gradients=[np.array([1.0]), np.array([1.0])], rate=1.0, **first)
        for shape, steps in (((3,), 2), ((2, 3), 3), ((1,), 9), ((2, 1, 2), 4)):
            gradients = [array(rng, *shape) for _ in range(steps)]
            yield dict(w=array(rng, *shape), gradients=gradients, **settings(rng, rate=(0.05, 0.9), **ranges))

    return cases


def several(**ranges):
    """Cases of lists of parameters: one, two of one shape, then different shapes, for several steps."""

    def cases(rng):
        yield HAND | {name: 1e-8 if name == "eps" else round(sum(ends) / 2, 3) for name, ends in ranges.items()}
        for shapes, steps in ((((2,), (2,)), 1), (((2,), (2,)), 3), (((2, 3), (3,), (1,)), 2), (((1, 4), (2, 2)), 12)):
            gradients = [[array(rng, *shape) for shape in shapes] for _ in range(steps)]
            weights = [array(rng, *shape) for shape in shapes]
            yield dict(weights=weights, gradients=gradients, **settings(rng, rate=(0.05, 0.9), **ranges))

    return cases


def by_hand(rule):
    """The answer for lists of parameters from a rule for one number: ``rule(w, its gradients, **case) -> w``."""

    def one(w, gradients, case):
        flat = [g.ravel().tolist() for g in gradients]
        moved = [rule(x, list(slopes), **case) for x, *slopes in zip(w.ravel().tolist(), *flat)]
        parts = [np.array(part).reshape(w.shape) for part in zip(*moved)]
        return parts if len(parts) > 1 else parts[0]

    def answer(gradients, w=None, weights=None, **case):
        if weights is None:
            return one(w, gradients, case)
        return [one(x, [g[i] for g in gradients], case)[0] for i, x in enumerate(weights)]

    return answer


def runs(make):
    """Several steps with the optimizer that ``make`` makes."""
    return f"""
    optimizer = {make}
    params = [w.copy() for w in weights]
    for slopes in gradients:
        optimizer.step(params, slopes)
    params
    """


def keeps(make, memory):
    """A snippet that calls ``update`` on one parameter and its memory."""
    return f"""
    optimizer = {make}
    w, {memory} = w.copy(), np.zeros_like(w)
    for g in gradients:
        optimizer.update(w, g, {memory})
    [w, {memory}]
    """


# ------------------------------------------------------------------ descent


def slides(rng):
    for case in single()(rng):
        yield dict(w=case["w"], g=case["gradients"][0], rate=case["rate"])


slide = Piece("ml.optimizers:GradientDescent.slide")
slide.asks(
    "w = w.copy()\nGradientDescent(learning_rate=rate).slide(w, g)\nw",
    "w itself has gone down by rate times gradient, and the gradient is as before",
    cases=slides,
    answer=lambda w, g, rate: np.array([a - rate * b for a, b in zip(w.ravel(), g.ravel())]).reshape(w.shape),
)
slide.asks(
    "w = w.copy()\noptimizer = GradientDescent(learning_rate=9.0)\noptimizer.lr = rate\noptimizer.step(w, g)",
    "step on a single array, with a rate that was changed by its short name",
    cases=slides,
    answer=lambda w, g, rate: w - rate * g,
)
for row in rows("""
    w -= self => w = w - self | `w = w - ...` makes a new array; the caller's stays as it was. Change it in place.
    w -= => w += | This climbs: the gradient points uphill, so it is to be taken away.
    self.learning_rate * g => g | The learning rate is missing.
    w -= self.learning_rate * g => g *= self.learning_rate; w -= g | You scaled the caller's gradient; it has to stay.
"""):
    slide.mistake(*row)
slide.hint("Which operators change an array instead of making a new one? Those with an equals sign at the end.")
slide.hint("`w -= step` changes w itself. The step is `self.learning_rate` times something.")


def equal_rows(rng):
    """All rows alike, so that every batch is the same whatever the order. One rate is left over at the end."""
    first = dict(row=np.array([1.0, 2.0]), target=3.0, n=2, batch_size=2, epochs=1, rates=None, momentum=0.0)
    yield first
    yield first | dict(epochs=0)
    yield first | dict(rates=[0.05, 0.1])
    yield first | dict(n=3, batch_size=1, epochs=2)
    yield first | dict(n=3, batch_size=1, epochs=2, rates=[0.01, 0.03, 0.02, 0.05, 0.04, 0.06, 0.01])
    for n, batch_size, epochs in ((5, 2, 2), (7, 3, 1), (4, 9, 3)):
        rates = rng.uniform(0.001, 0.02, epochs * math.ceil(n / batch_size) + 1).round(4).tolist()
        row, target = array(rng, 2), round(float(rng.uniform(-5, 5)), 2)
        yield dict(row=row, target=target, n=n, batch_size=batch_size, epochs=epochs, rates=rates, momentum=0.5)


def steps_on_equal_rows(row, target, n, batch_size, epochs, rates, momentum):
    w, v, losses = np.zeros(2), np.zeros(2), []
    for k in range(epochs * -(-n // batch_size)):
        e = w @ row - target
        losses.append(float(e * e))
        v = momentum * v + 2 * e * row
        w = w - (0.01 if rates is None else rates[k]) * v
    return [losses, w]


def numbered_rows(rng):
    yield dict(n=3, batch_size=3, epochs=1, seed=1)
    yield dict(n=3, batch_size=2, epochs=1, seed=2)
    for n, batch_size, epochs in ((15, 4, 3), (16, 16, 2), (17, 1, 2)):
        yield dict(n=n, batch_size=batch_size, epochs=epochs, seed=int(rng.integers(1000)))


def every_row_once(got, n, batch_size, epochs, seed):
    """In a right answer two epochs of 15 rows or more agree in order with a chance below 1e-12."""
    if any(ten != [10 * row for row in rows] for rows, ten in got):
        return "rows and targets of a batch do not belong together"
    if len(got) != epochs * -(-n // batch_size) or max(len(rows) for rows, _ in got) > batch_size:
        return f"{epochs * -(-n // batch_size)} batches of at most {batch_size} rows are expected"
    order = [row for rows, _ in got for row in rows]
    passes = [order[i : i + n] for i in range(0, len(order), n)]
    if len(passes) != epochs or any(sorted(p) != list(range(n)) for p in passes):
        return "an epoch does not see every row exactly once"
    if n > 10 and epochs > 1 and any(p == passes[0] for p in passes[1:]):
        return "the epochs see the rows in the same order; each is to be shuffled afresh"
    return None


train = Piece("ml.optimizers:train_in_batches")
train.asks(
    """
    def squared_error(params, X_batch, y_batch):
        errors = X_batch @ params[0] - y_batch
        return float(np.mean(errors**2)), [2 * X_batch.T @ errors / len(errors)]

    w, optimizer = np.zeros(2), GradientDescent(0.01, momentum)
    optimizer.step([w], [np.zeros(2)])  # an optimizer in use: it has counted a step, and w is still 0
    X, y = np.tile(row, (n, 1)), np.full(n, target)  # n equal rows
    schedule = None if rates is None else lambda k: rates[k]
    rng = np.random.default_rng(0)
    losses = train_in_batches(optimizer, [w], squared_error, X, y, epochs, batch_size, rng=rng, schedule=schedule)
    [losses, w]
    """,
    "the loss before each step, and the weights after the last",
    cases=equal_rows,
    answer=steps_on_equal_rows,
)
train.asks(
    """
    seen = []

    def look(params, X_batch, y_batch):
        seen.append([X_batch[:, 0].tolist(), y_batch.tolist()])
        return 0.0, [np.zeros(1)]

    rows = np.arange(float(n))
    rng = np.random.default_rng(seed)
    train_in_batches(GradientDescent(), [np.zeros(1)], look, rows[:, None], 10 * rows, epochs, batch_size, rng=rng)
    seen
    """,
    "every epoch sees every row once, in batches, and in an order of its own",
    cases=numbered_rows,
    accept=every_row_once,
    expected="in each epoch every row once, with its target, in batches of at most batch_size rows",
)
for row in rows("""
    range(epochs) => range(min(epochs, 1)) | Are the batches made before the epochs? They are used up after the first.
    len(losses)) => _) | The schedule is asked with the epoch's number: it counts steps.
    len(losses)) => len(losses) % -(-len(X) // batch_size)) | The schedule starts anew in each epoch: k counts on.
    len(losses)) => len(losses) + 1) | Your count of the steps is one ahead: this call's steps count from 0.
    losses.append(loss) => losses[_:] = [loss] | You keep one loss for each epoch: one for each step is wanted.
    append(loss) => append(loss_and_gradients(params, X_batch, y_batch)[0]) | The loss is to be from before the step.
    =rng): => =np.random.default_rng(0)): | A fixed seed gives every epoch the same order: pass on the `rng` itself.
"""):
    train.mistake(*row)
train.hint("Two loops: over the epochs, inside over `minibatches(...)`. Without a schedule, `schedule` is None.")
train.hint("Inside, in this order: the rate, if there is a schedule; loss and gradients; the step; the loss is noted.")
train.hint("How many steps have been taken? As many as there are losses so far: that is the schedule's k.")


def rolls(rng):
    first = dict(w=np.array([10.0]), rates=[0.1], gradients=[np.array([10.0])], momentum=0.5, classical=False)
    yield first
    yield first | dict(classical=True)
    yield first | dict(gradients=[np.zeros(1)])
    yield first | dict(rates=[0.1, 0.1], gradients=[np.array([10.0]), np.array([10.0])])
    for classical in (False, True):
        for shape, steps in (((2,), 2), ((2, 3), 3), ((1, 2), 6)):
            gradients = [array(rng, *shape) for _ in range(steps)]
            rates = rng.uniform(0.05, 0.5, steps).round(3).tolist()
            drawn = settings(rng, momentum=(0.2, 0.95))
            yield dict(w=array(rng, *shape), rates=rates, gradients=gradients, classical=classical, **drawn)


def rolled(w, gradients, rates, momentum, classical):
    """Closed forms: the default velocity adds up mu^age times gradient, the classical one each with its own rate."""
    w, v = w.copy(), np.zeros_like(w)
    for k, rate in enumerate(rates):
        pushes = [-r * g if classical else g for r, g in zip(rates, gradients[: k + 1])]
        v = sum(momentum ** (k - i) * push for i, push in enumerate(pushes))
        w = w + (v if classical else -rate * v)
    return [w, v]


roll = Piece("ml.optimizers:GradientDescent.roll")
roll.asks(
    """
    optimizer = GradientDescent(momentum=momentum, classical=classical)
    w, v = w.copy(), np.zeros_like(w)
    for rate, g in zip(rates, gradients):
        optimizer.learning_rate = rate
        optimizer.roll(w, g, v)
    [w, v]
    """,
    "w and v after steps with these rates, in this convention",
    cases=rolls,
    answer=rolled,
)
roll.asks(
    runs("GradientDescent(learning_rate=rate, momentum=momentum)"),
    "several parameters, each with a velocity of its own",
    cases=several(momentum=(0.2, 0.95)),
    answer=lambda weights, gradients, rate, momentum: [
        rolled(w, [g[i] for g in gradients], [rate] * len(gradients), momentum, False)[0] for i, w in enumerate(weights)
    ],
)
for row in rows("""
    v *= self => v = v * self | `v = ...` makes a new array, and the velocity is forgotten: change v in place.
    v *= self => w = w + 0; v *= self | `w = ...` makes a new array; the caller's stays as it was: change w in place.
    v *= self.momentum => v *= 1.0 | Nothing slows the ball: the old velocity is to be multiplied by the momentum.
    v += g => v += (1 - self.momentum) * g | You mixed in (1 - mu) g, as an average does: the whole g is added.
    if self.classical => if False | `classical` is ignored: v differs at once, and w when the rate changes.
    w -= self.learning_rate * v => w -= v | By default the rate is not in v: w goes down by alpha v.
    v -= self.learning_rate * g => v -= g | The classical v takes in alpha g, not the whole g.
    w += v => w -= v | The classical v points downhill already: w becomes w + v.
    w += v => w += self.learning_rate * v | The rate is in the classical v already: w becomes w + v.
"""):
    roll.mistake(*row)
roll.mistake(
    "w moves by the old velocity: first v changes, then w.",
    "w += v if self.classical else -self.learning_rate * v\nv *= self.momentum\n"
    "v -= self.learning_rate * g if self.classical else -g",
)
roll.hint("Two lines for each convention: one that changes v, one that changes w. Both are formulas of the docstring.")
roll.hint("`v *= ...` and then `v += ...` change v in place; `v[...] = formula` puts a whole new content into it.")

# ------------------------------------------------------------------ schedules

decay = Piece("ml.optimizers:step_decay")


def stairs(rng):
    yield dict(step=0, learning_rate=0.5, drop=0.1, every=10)
    yield dict(step=25, learning_rate=0.5, drop=0.1, every=10)
    for step in (1, 2, 3, 8, 9):
        yield dict(step=step, learning_rate=0.8, drop=0.5, every=3)
    drawn = settings(rng, learning_rate=(0.1, 1), drop=(0.2, 0.9))
    yield dict(step=int(rng.integers(5, 60)), every=int(rng.integers(2, 9)), **drawn)


decay.asks(
    "step_decay(step, learning_rate, drop, every)",
    "the rate on the stair of this step",
    cases=stairs,
    answer=lambda step, learning_rate, drop, every: math.prod(
        [learning_rate] + [drop for k in range(1, step + 1) if k % every == 0]
    ),
)
decay.asks(
    "step_decay(step, 0.5)",
    "without further arguments a tenth is left after each ten steps",
    cases=[dict(step=9), dict(step=10), dict(step=20), dict(step=75)],
    answer=lambda step: {9: 0.5, 10: 0.05, 20: 0.005, 75: 0.5e-7}[step],
)
for row in rows("""
    step // every => (step / every) | The exponent grows smoothly: count whole stairs, with //.
    step // every => ((step + 1) // every) | The stairs come one step early: step counts from 0.
    ** (step // every) => ** (step >= every) | There is one drop only: each further stair drops again.
    ** (step // every) => * (step // every) | The drop is multiplied by the number of the stair: it is a power.
"""):
    decay.mistake(*row)
decay.hint("How many whole times does `every` go into `step`? That many factors `drop`.")


def climbs(rng):
    for step in (0, 1, 2, 4, 6, 7):
        yield dict(step=step, learning_rate=0.4, warmup_steps=2, total_steps=6, lowest=0.0)
    for step in (0, 3, 8):
        yield dict(step=step, learning_rate=0.4, warmup_steps=0, total_steps=8, lowest=0.0)
    for warmup, total in ((3, 10), (5, 6), (0, 7)):
        rates = settings(rng, learning_rate=(0.2, 0.9), lowest=(0.01, 0.1))
        for step in (0, 1, 4, 6, 9, total, total + 3):
            yield dict(step=step, warmup_steps=warmup, total_steps=total, **rates)


def climb(step, learning_rate, warmup_steps, total_steps, lowest):
    if step >= total_steps:
        return lowest
    if step < warmup_steps:
        return float(np.linspace(0, learning_rate, warmup_steps + 1)[step + 1])
    angle = np.linspace(0, np.pi, total_steps - warmup_steps + 1)[step - warmup_steps]
    return float(learning_rate * np.cos(angle / 2) ** 2 + lowest * np.sin(angle / 2) ** 2)


cosine = Piece("ml.optimizers:warmup_cosine")
cosine.asks(
    "warmup_cosine(step, learning_rate, warmup_steps, total_steps, lowest)",
    "the rate at this step",
    cases=climbs,
    answer=climb,
)
cosine.asks("warmup_cosine(4, 0.4, 2, 6)", "by default the lowest rate is 0", cases=[{}], answer=lambda: 0.2)
for row in rows("""
    * (step + 1) => * step | The climb begins at 0, so that the first step does nothing.
    step < warmup_steps => step <= warmup_steps | The climb goes on for one step too many, above learning_rate.
    return learning_rate => return lowest + (learning_rate - lowest) | The climb has nothing to do with `lowest`.
    (step - warmup_steps) / (total_steps - warmup_steps)) => step / total_steps) | The warm-up is no part of p.
    math.pi * share => share | Half a wave is pi long: it is the cosine of pi times p.
    (total_steps - warmup_steps)) => total_steps) | The cosine lasts total_steps - warmup_steps: divide by that.
    min(1.0, (step => max(0.0, (step | After total_steps the cosine rises again: stay at the lowest rate.
    (learning_rate - lowest) * => learning_rate * | The cosine begins above learning_rate: scale the way to lowest.
    return lowest => return 0.0 if step >= total_steps else lowest | In the end the rate is 0: it is to be `lowest`.
"""):
    cosine.mistake(*row)
cosine.hint("Three parts of the docstring, three cases: climb, cosine, after the end. The climb is an early `return`.")
cosine.hint("`min(1.0, p)` keeps the share at 1 after the end, where the cosine's formula gives just `lowest`.")

# ------------------------------------------------------------------ a step for each entry


def adagrad_rule(w, slopes, rate, eps):
    for k, g in enumerate(slopes):
        w -= rate * g / (math.sqrt(math.fsum(s * s for s in slopes[: k + 1])) + eps)
    return (w, math.fsum(s * s for s in slopes))


adagrad = Piece("ml.optimizers:AdaGrad.update")
adagrad.asks(
    keeps("AdaGrad(learning_rate=rate, eps=eps)", "total"),
    "w and the sum of the squared gradients, after these steps",
    cases=single(eps=(0.1, 0.7)),
    answer=by_hand(adagrad_rule),
)
for row in rows("""
    total += g => total = total + g | `total = ...` makes a new array, and the sum is forgotten: change it in place.
    total += g**2 => total[...] = g**2 | Only the last gradient is in `total`: the squares of all steps are added up.
    g**2 => g | The gradients are added as they are: square them first.
    g**2 => np.sum(g**2) | All entries share one sum: each adds up the squares of its own slopes.
"""):
    adagrad.mistake(*row)
adagrad.hint("Two lines: one changes `total` in place, the other changes `w` in place. NumPy has `np.sqrt`.")


def rmsprop_rule(w, slopes, rate, decay, eps):
    for k, g in enumerate(slopes):
        average = math.fsum((1 - decay) * decay ** (k - i) * s * s for i, s in enumerate(slopes[: k + 1]))
        w -= rate * g / (math.sqrt(average) + eps)
    return (w, average)


rmsprop = Piece("ml.optimizers:RMSProp.update")
rmsprop.asks(
    keeps("RMSProp(learning_rate=rate, decay=decay, eps=eps)", "average"),
    "w and the running average of the squared gradients, after these steps",
    cases=single(decay=(0.3, 0.9), eps=(0.1, 0.7)),
    answer=by_hand(rmsprop_rule),
)
for row in rows("""
    average *= => average = average * | `average = ...` makes a new array, which is forgotten: change it in place.
    (1 - self.decay) * g**2 => g**2 | The new square is added whole: an average takes a share of it, 1 - decay.
    average *= self.decay => average *= 1.0 | The old average does not fade: it is multiplied by decay.
"""):
    rmsprop.mistake(*row)
rmsprop.hint("First `average`: scaled in place, then a share of g² added. Then w, as in AdaGrad.")

OLD = "The step divides by the old memory: first that changes, then w."
MOVE = "w -= self.learning_rate * g / (np.sqrt(%s) + self.eps)\n"
adagrad.mistake(OLD, MOVE % "total" + "total += g**2")
rmsprop.mistake(OLD, MOVE % "average" + "average *= self.decay\naverage += (1 - self.decay) * g**2")
SWAPPED = "The shares are swapped: the old average keeps decay, the new square enters with 1 - decay."
rmsprop.mistake(SWAPPED, "average *= 1 - self.decay\naverage += self.decay * g**2\n" + MOVE % "average")


def adam_rule(w, slopes, rate, beta1, beta2, eps):
    """Averages as weighted sums whose weights add up to 1: what the correction comes down to."""
    for k in range(len(slopes)):
        ages = range(k, -1, -1)
        m = math.fsum(beta1**a * s for a, s in zip(ages, slopes)) / math.fsum(beta1**a for a in ages)
        v = math.fsum(beta2**a * s * s for a, s in zip(ages, slopes)) / math.fsum(beta2**a for a in ages)
        w -= rate * m / (math.sqrt(v) + eps)
    return (w, 0.0)


def adam_lists(rng):
    yield from several(beta1=(0.3, 0.9), beta2=(0.6, 0.99), eps=(0.01, 0.5))(rng)
    yield HAND | dict(gradients=[[np.zeros(2)]], beta1=0.9, beta2=0.999, eps=1e-8)


adam = Piece("ml.optimizers:Adam.step")
adam.asks(
    runs("Adam(learning_rate=rate, beta1=beta1, beta2=beta2, eps=eps)"),
    "the parameters after these steps",
    cases=adam_lists,
    answer=by_hand(adam_rule),
    rtol=1e-8,
)


def kept(weights, gradients, **_):
    m = [math.fsum(0.25 * 0.75 ** (len(gradients) - 1 - t) * g[0].ravel()[0] for t, g in enumerate(gradients))]
    v = [math.fsum(0.5 ** (len(gradients) - t) * g[0].ravel()[0] ** 2 for t, g in enumerate(gradients))]
    return [True, len(weights), len(weights), m, v]


adam.asks(
    """
    optimizer = Adam(learning_rate=rate, beta1=0.75, beta2=0.5)
    params = [w.copy() for w in weights]
    returned = [optimizer.step(params, slopes) for slopes in gradients]
    m, v = optimizer.m, optimizer.v
    [returned[-1] is params, len(m), len(v), [float(m[0].flat[0])], [float(v[0].flat[0])]]
    """,
    "params themselves are returned; m and v hold an array a parameter (shown: how many, and their first entries)",
    cases=several(),
    answer=kept,
)
adam.asks(
    "w = w.copy()\nreturned = Adam(learning_rate=rate).step(w, g)\n[returned is w, w]",
    "a single array in place of the list, and a single gradient: it is changed, and returned itself",
    cases=slides,
    answer=lambda w, g, rate: [True, w - rate * g / (np.abs(g) + 1e-8)],
)
AS_A_ROOT = """
    w -= self => w = w - self | `w = w - ...` makes a new array; the caller's stays as it was. Change it in place.
    MEMORY) + self.eps => MEMORY + self.eps) | eps is inside your root: it stands outside, beside it.
    + self.eps => | eps is missing: add it to the root that divides the step.
    np.sqrt(MEMORY) => MEMORY | The root is missing: the step is divided by the root of the squares.
"""
for piece, memory in ((adagrad, "total"), (rmsprop, "average"), (adam, "v_hat")):
    for row in rows(AS_A_ROOT.replace("MEMORY", memory)):
        piece.mistake(*row)
for row in rows("""
    zip(pairs, => zip(zip(params, gradients), | Go through the pairs of begin_step: it makes a list of a single array.
    self.steps == 1 => True | The averages are made anew in each step: only in the first.
    m *= => m, v = m + 0, v + 0; m *= | `m = ...` makes a new array; self.m keeps its zeros. Change m and v in place.
    return params => return None | What comes back is not what was handed in: return `params` itself.
    self.v = [np.zeros_like(w) for w, _ in pairs] => self.v = self.m | m and v share their arrays: both need zeros.
"""):
    adam.mistake(*row)
CORRECTED = "m_hat, v_hat = m / (1 - self.beta1**self.steps), v / (1 - self.beta2**self.steps)"
KEPT = "m /= 1 - self.beta1**self.steps; v /= 1 - self.beta2**self.steps; m_hat, v_hat = m, v"
adam.mistake("The averages are not corrected: they are too small in the first steps.", CORRECTED, "m_hat, v_hat = m, v")
adam.mistake("The corrected averages are kept, and corrected again: keep m and v as they are.", CORRECTED, KEPT)
LATE = CORRECTED.replace("self.steps", "(self.steps + 1)")
adam.mistake("t is one too large: begin_step has counted this step in `self.steps` already.", CORRECTED, LATE)
ZEROS = "[np.zeros_like(w) for w, _ in pairs]\n        self.v"
for sentence, new in (
    ("All parameters share one memory: `[array] * n` holds one array n times.", "[pairs[0][0] * 0.0] * len(pairs)"),
    ("Each memory needs the shape of its parameter: `np.zeros_like(w)`.", "[np.zeros(len(w)) for w, _ in pairs]"),
):
    adam.mistake(sentence, ZEROS, f"{new}\n        self.v")
adam.hint("Begin with `pairs = self.begin_step(params, gradients)`. If `self.steps` is 1, make the zeros.")
adam.hint("`for (w, g), m, v in zip(pairs, self.m, self.v)` goes through parameters and memories together.")
adam.hint("In the loop: m and v in place; the corrected ones, each by its own beta, under new names; w in place.")

# ------------------------------------------------------------------ losses


def predictions(rng):
    yield dict(y_true=np.array([0.0, 0.0]), y_pred=np.array([0.5, -3.0]), delta=1.0)
    yield dict(y_true=np.array([2.0]), y_pred=np.array([2.0]), delta=1.0)
    yield dict(y_true=np.array([2.0, 5.0]), y_pred=np.array([3.0, 4.5]), delta=1.0)
    yield dict(y_true=np.array([2, 5, 0]), y_pred=np.array([4, 4, 7]), delta=2.0)
    for shape in ((3,), (7,), (2, 3), (5, 2)):
        y_true = array(rng, *shape)
        yield dict(y_true=y_true, y_pred=y_true + array(rng, *shape) / 2, **settings(rng, delta=(0.3, 2)))


def penalties(y_true, y_pred, delta):
    """The mean penalty, each one the area under its own slope."""
    areas = []
    for e in (y_pred - y_true).ravel().tolist():
        bend = min(abs(e), delta)
        areas.append(bend * bend / 2 + delta * (abs(e) - bend))
    return math.fsum(areas) / len(areas)


DEFAULT = [dict(y_true=np.array([0.0, 0.0]), y_pred=np.array([0.5, -3.0]))]
COLUMN = dict(y_true=np.array([2.0, 3.0, 7.0]), y_pred=np.array([[2.0], [4.0], [6.0]]))

huber = Piece("ml.optimizers:huber_loss")
huber.asks("huber_loss(y_true, y_pred, delta)", "the mean penalty", cases=predictions, answer=penalties)
huber.asks("huber_loss(y_true, y_pred)", "a column against a vector is refused", cases=[COLUMN], raises="ValueError")
huber.asks(
    "huber_loss(y_true, y_pred)",
    "delta is 1 by default",
    cases=DEFAULT,
    answer=lambda **case: penalties(**case, delta=1),
)
for row in rows("""
    errors**2 / 2 => errors**2 | The half is missing in the squares.
    sizes - delta / 2 => sizes | The line starts too high: take delta / 2 away, so that it meets the square.
    sizes - delta / 2 => sizes - 0.5 | You take 1/2 away whatever delta is: it is delta / 2.
    delta * (sizes => (sizes | The line always has slope 1: it is as steep as the square where it ends, delta.
    sizes <= delta => errors <= delta | Errors below -delta count as small: compare their size, not their sign.
    np.mean( => np.sum( | The penalties are added up; their mean is wanted.
"""):
    huber.mistake(*row)
huber.hint("`if` decides for a whole array at once; here each entry has its own branch.")
huber.hint("The piece needs the errors, their sizes (`np.abs`), and one `np.where` that chooses between two formulas.")


def measured(y_true, y_pred, delta):
    """Central differences of the mean penalty, away from its bends exact."""
    slopes = np.zeros(y_pred.shape)
    for place in np.ndindex(y_pred.shape):
        nudge = np.zeros(y_pred.shape)
        nudge[place] = 1e-5
        up, down = (penalties(y_true, y_pred + s * nudge, delta) for s in (1, -1))
        slopes[place] = round((up - down) / 2e-5, 6)
    return slopes


bend = Piece("ml.optimizers:huber_gradient")
bend.asks(
    "huber_gradient(y_true, y_pred, delta)",
    "the slopes that finite differences measure",
    cases=predictions,
    answer=measured,
    atol=1e-5,
)
bend.asks("huber_gradient(y_true, y_pred)", "a column against a vector is refused", cases=[COLUMN], raises="ValueError")
bend.asks(
    "huber_gradient(y_true, y_pred)", "delta is 1 by default", cases=DEFAULT, answer=lambda **_: np.array([0.25, -0.5])
)
for row in rows("""
    / errors.size => | The slopes are those of the sum: the loss is a mean, so divide by the number of entries.
    errors.size => len(errors) | You divided by the number of rows: the mean is over all entries.
    -delta, delta => None, delta | Very negative errors keep their full slope: clip on both sides.
    -delta, delta => -1.0, 1.0 | The slopes are clipped at 1 whatever delta is.
    np.clip(errors, => np.clip(-errors, | The signs are turned round: errors are predictions minus targets.
"""):
    bend.mistake(*row)
for sentence, small, large in (
    ("The line on the left goes down: its slope is -delta.", "e", "delta"),
    ("The line has slope 1 whatever delta is: it is delta, up or down.", "e", "np.sign(e)"),
    ("e² / 2 has slope e, without a factor 2.", "2 * e", "delta * np.sign(e)"),
):
    each = f"np.where(abs(e) <= delta, {small}, {large})"
    bend.mistake(sentence, f"e = prediction_errors(y_true, y_pred)\nreturn {each} / e.size")
bend.hint("Differentiate the two formulas: e²/2 has slope e. And the line, on the right, and on the left?")
bend.hint(
    "Up to delta the slope is e, beyond it stays at delta or -delta: `np.clip(values, low, high)` does just that."
)
