"""Gradients by hand beside central differences: layers, networks, static graphs; and long chains of Values."""

import gc

import numpy as np
import pytest

from course_lib.neural import graph, layers
from course_lib.neural.network import ACTIVATIONS, NeuralNetwork
from course_lib.neural.training import load_weights, save_weights
from course_lib.neural.value import Value

RNG = np.random.default_rng(0)


def central(f, array, h=1e-6):
    """The slopes of the number ``f()`` for the entries of ``array``, which is put back as it was."""
    slopes = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        kept = array[place]
        ends = []
        for step in (h, -h):
            array[place] = kept + step
            ends.append(float(f()))
        array[place] = kept
        slopes[place] = (ends[0] - ends[1]) / (2 * h)
    return slopes


LAYERS = {
    "Linear": lambda: layers.Linear(4, 3, np.random.default_rng(1)),
    "ReLU": layers.ReLU,
    "Tanh": layers.Tanh,
    "Sigmoid": layers.Sigmoid,
    "BatchNorm": lambda: layers.BatchNorm(4),
    "ResidualBlock": lambda: layers.ResidualBlock(4, 4, rng=np.random.default_rng(2)),
    "ResidualBlock that widens": lambda: layers.ResidualBlock(4, 6, rng=np.random.default_rng(3)),
    "Sequential": lambda: layers.Sequential(layers.Linear(4, 5), layers.Tanh(), layers.Linear(5, 2)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer(name):
    layer, x = LAYERS[name](), RNG.normal(size=(7, 4))
    for p in layer.params:
        p += 0.1 * RNG.normal(size=p.shape)  # away from zeros, where a slope may be hidden
    upstream = RNG.normal(size=layer(x).shape)

    def total():
        return np.sum(upstream * layer(x))

    layer(x)
    np.testing.assert_allclose(layer.backward(upstream), central(total, x), atol=1e-6)
    grads = [g.copy() for g in layer.grads]
    for p, grad in zip(layer.params, grads, strict=True):
        np.testing.assert_allclose(grad, central(total, p), atol=1e-6)


def test_dropout_hands_back_what_it_let_through():
    layer, x = layers.Dropout(0.5, rng=np.random.default_rng(0)), np.ones((50, 4))
    y = layer(x)
    np.testing.assert_array_equal(layer.backward(np.ones_like(x)), y)


def test_the_loss():
    loss, scores, labels = layers.SoftmaxCrossEntropy(), RNG.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2])
    loss(scores, labels)
    np.testing.assert_allclose(loss.backward(), central(lambda: loss(scores, labels), scores), atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_network(activation, task):
    network = NeuralNetwork([3, 5, 4, 2], activation, task, rng=np.random.default_rng(0))
    for bias in network.biases:
        bias += RNG.normal(size=bias.shape)  # away from scores of exactly 0, where relu has its kink
    X = RNG.normal(size=(8, 3))
    y = RNG.integers(0, 2, 8) if task == "classification" else RNG.normal(size=(8, 2))
    slopes = [slope for part in network.backward(X, y) for slope in part]
    for array, slope in zip(network.weights + network.biases, slopes, strict=True):
        np.testing.assert_allclose(slope, central(lambda: network.loss(X, y), array), atol=1e-6)


def test_a_static_graph():
    x = graph.Constant(RNG.normal(size=(9, 8, 2)))
    k = graph.Variable(RNG.normal(size=(3, 2, 2, 3)))
    z = graph.flatten(graph.relu(graph.maxpool2d(graph.conv2d(x, k))))
    w, b = graph.Variable(RNG.normal(size=(4, *z.shape))), graph.Variable(RNG.normal(size=4))
    loss = graph.cross_entropy_loss(graph.dense(z, w, b), graph.Constant([0, 0, 1, 0]))
    plan = graph.topological_sort(loss)
    graph.forward(plan)
    graph.backward(plan)
    for variable in (k, w, b):
        np.testing.assert_allclose(variable.grad, central(lambda: graph.forward(plan), variable.value), atol=1e-6)


def test_a_chain_of_a_million_values():
    end = start = Value(1.0)
    for _ in range(1_000_000):
        end = end + 1e-6
    end.backward()
    assert start.grad == 1 and end.data == pytest.approx(2)
    del end  # a million nodes are let go of one after another, without recursion
    gc.collect()


def test_a_value_that_is_used_again_and_again():
    a, b = Value(3.0), Value(-2.0)
    c = a * b + a
    d = c * c + c + a
    d.backward()
    # d = c^2 + c + a with c = ab + a
    slope = 2 * c.data + 1
    assert (a.grad, b.grad) == (slope * (b.data + 1) + 1, slope * a.data)
    d.backward()
    assert (a.grad, b.grad) == (2 * (slope * (b.data + 1) + 1), 2 * slope * a.data)


def test_values_and_other_kinds_of_numbers():
    v = Value(2.0)
    v.data = 3  # as an int
    assert float(v) == 3 and Value(1.0) < v
    assert (v / np.int64(2)).data == 1.5
    assert Value(-40.0).sigmoid().data == pytest.approx(np.exp(-40.0), rel=1e-12)


def test_weights_come_back_from_a_file_of_any_name(tmp_path):
    model, other = layers.Linear(3, 2, np.random.default_rng(0)), layers.Linear(3, 2, np.random.default_rng(1))
    save_weights(model, tmp_path / "weights")
    load_weights(other, tmp_path / "weights")
    np.testing.assert_array_equal(other.weight, model.weight)
