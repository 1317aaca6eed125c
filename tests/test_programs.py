"""Programs of people who come from other guides, with our imports: names and call shapes that must go on working."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def noisy_plane(rng):
    X = rng.normal(size=(200, 3))
    return X, X @ [2.0, -1.0, 0.5] + 3 + rng.normal(0, 0.01, 200)


def xor():
    return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([0, 1, 1, 0])


def test_linear_regression(rng):
    from course_lib.ml.linear import LinearRegression

    X, y = noisy_plane(rng)
    model = LinearRegression(learning_rate=0.05)
    assert model.weights is None and model.bias is None
    model.fit(X, y, epochs=1000)
    np.testing.assert_allclose(model.weights, [2, -1, 0.5], atol=0.01)
    assert model.bias == pytest.approx(3, abs=0.01)
    assert np.abs(model.predict(X) - y).max() < 0.1


def test_logistic_regression_and_k_means(rng):
    from course_lib.ml.cluster import KMeans
    from course_lib.ml.linear import LogisticRegression

    X = np.concatenate([rng.normal(-2, 1, (100, 2)), rng.normal(2, 1, (100, 2))])
    y = np.repeat([0, 1], 100)
    model = LogisticRegression(learning_rate=0.1)
    model.fit(X, y, epochs=500)
    assert np.mean(model.predict(X) == y) > 0.97
    groups = KMeans(2).fit(X).predict(X)
    assert max(np.mean(groups == y), np.mean(groups != y)) > 0.97


@pytest.mark.parametrize(("name", "rate"), [("GradientDescent", 0.1), ("Adam", 0.1)])
def test_optimizers_step_over_parameters_and_gradients(name, rate):
    from course_lib.ml import optimizers

    optimizer = getattr(optimizers, name)(learning_rate=rate)
    assert optimizer.lr == rate
    params = [np.array([5.0, -3.0]), np.array([[2.0]])]
    for _ in range(500):
        params = optimizer.step(params, [2 * p for p in params])
    assert all(np.abs(p).max() < 0.05 for p in params)


def test_adam_takes_its_betas():
    from course_lib.ml.optimizers import Adam

    w = np.array([1.0])
    Adam(learning_rate=0.001, beta1=0.9, beta2=0.999).step([w], [np.array([100.0])])
    assert w[0] == pytest.approx(0.999)


def test_a_neural_network_learns_xor():
    from course_lib.neural.network import NeuralNetwork, relu, sigmoid

    X, y = xor()
    network = NeuralNetwork([2, 8, 1])
    assert [w.shape for w in network.weights] == [(2, 8), (8, 1)]
    assert [b.shape for b in network.biases] == [(8,), (1,)]
    network.train(X, y.reshape(-1, 1), epochs=3000, learning_rate=0.5)
    assert (np.round(network.forward(X)).ravel() == y).all()
    assert relu(np.array([-1.0, 2.0])).tolist() == [0, 2] and sigmoid(np.array([0.0])).tolist() == [0.5]


def test_values_find_their_gradients():
    from course_lib.neural.value import Value

    a, b = Value(2.0), Value(-3.0, (), "")
    c = a * b + a
    d = (c + a * a).tanh() + c.exp() * b.relu() - a / 7 + b**2
    d.backward()
    h = 1e-6

    def numbers(a, b):
        c = a * b + a
        return np.tanh(c + a * a) + np.exp(c) * max(b, 0) - a / 7 + b**2

    assert d.data == pytest.approx(numbers(2.0, -3.0))
    assert a.grad == pytest.approx((numbers(2 + h, -3) - numbers(2 - h, -3)) / (2 * h), rel=1e-5)
    assert b.grad == pytest.approx((numbers(2, -3 + h) - numbers(2, -3 - h)) / (2 * h), rel=1e-5)
    assert c._prev and c._op == "+" and callable(c._backward)


def test_batch_norm_dropout_and_residual_block(rng):
    from course_lib.neural.layers import BatchNorm, Dropout, ResidualBlock

    x = rng.normal(3, 5, (64, 8))
    norm = BatchNorm(8, eps=1e-5, momentum=0.1)
    y = norm(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-3)
    norm.eval()
    assert not np.allclose(norm(x), y)
    drop = Dropout(0.5)
    assert 0.3 < np.mean(drop(np.ones((100, 100))) == 0) < 0.7
    drop.eval()
    assert (drop(x) == x).all()
    assert ResidualBlock(8, 8)(x).shape == (64, 8) and ResidualBlock(8, 16)(x).shape == (64, 16)


def test_a_static_graph_of_four_convolutions_learns_its_image(rng):
    from course_lib.neural.graph import (
        Constant,
        Variable,
        backward,
        conv2d,
        create_kernel,
        cross_entropy_loss,
        dense,
        flatten,
        forward,
        initialize_uniform_bias,
        kaiming_normal_weights,
        maxpool2d,
        relu,
        step,
        topological_sort,
    )

    x = Constant(rng.random((28, 28, 1)))
    y = Constant([0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    k1, k2 = Variable(create_kernel(1, 16)), Variable(create_kernel(16, 32))
    k3, k4 = Variable(create_kernel(32, 32)), Variable(create_kernel(32, 64))
    w1, w2 = Variable(kaiming_normal_weights(128, 64)), Variable(kaiming_normal_weights(10, 128))
    b1, b2 = Variable(initialize_uniform_bias(64, 128)), Variable(initialize_uniform_bias(128, 10))

    z1 = relu(conv2d(x, k1))
    z2 = relu(maxpool2d(conv2d(z1, k2)))
    z3 = relu(maxpool2d(conv2d(z2, k3)))
    z4 = flatten(relu(maxpool2d(conv2d(z3, k4))))
    z5 = relu(dense(z4, w1, b1))
    z6 = dense(z5, w2, b2)
    loss = cross_entropy_loss(z6, y)

    graph = topological_sort(loss)
    first = float(forward(graph))
    backward(graph)
    step(graph, 0.01, 1)
    for _ in range(10):
        for _ in range(2):
            forward(graph)
            backward(graph)
        step(graph, 0.01, 2)
    assert float(forward(graph)) < 0.5 * first
