"""Small programs as tutorials for PyTorch and tinygrad have them, with only the import changed."""

import gzip
import os
import struct

import numpy as np
import pytest

from course_lib import Device, Tensor, nn, optim


class TwoLayers:
    def __init__(self):
        self.w1 = Tensor.kaiming_uniform(784, 128)
        self.w2 = Tensor.kaiming_uniform(128, 10)

    def __call__(self, x):
        return x.dot(self.w1).relu().dot(self.w2)


def test_a_network_with_debug_set_after_import(monkeypatch, capsys):
    monkeypatch.setenv("DEBUG", "0")
    net = TwoLayers()
    monkeypatch.setitem(os.environ, "DEBUG", "3")
    out = net(Tensor.randn(2, 784))
    assert out.shape == (2, 10)
    out.realize()
    assert "kernel" in capsys.readouterr().out or Device.DEFAULT == "NUMPY"
    spread = net.w1.numpy().std()
    assert spread == pytest.approx(np.sqrt(2 / 784), rel=0.02)  # fan-in is the first axis when used as x.dot(w)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda w: optim.SGD([w], momentum=-0.5), "momentum.*-0.5"),
        (lambda w: optim.SGD([w], weight_decay=-0.25), "weight_decay.*-0.25"),
        (lambda w: optim.Adam([w], betas=(0.9, 1.0)), "betas.*1.0"),
        (lambda w: optim.AdamW([w], weight_decay=-0.25), "weight_decay.*-0.25"),
        (lambda w: optim.SGD([w], lr=-1), "-1"),
        (lambda w: optim.SGD([]), "at least one"),
    ],
)
def test_optimizers_refuse_numbers_that_make_no_sense(make, words):
    with pytest.raises(ValueError, match=words):
        make(Tensor([1.0, 2.0]))


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW, lambda params: optim.SGD(params, momentum=0.5)])
def test_optimizers_change_single_numbers(make):
    """A parameter of shape (), as a scale or a temperature is, beside others."""
    scale, w = Tensor(2.0), Tensor([1.0, -1.0])
    optimizer = make([scale, w])
    for _ in range(2):
        optimizer.zero_grad()
        ((w * scale - 3) ** 2).sum().backward()
        optimizer.step()
    assert scale.shape == () and w.shape == (2,) and scale.item() != 2


def test_looking_at_the_graph():
    a, b = Tensor([1, 2, 3]), Tensor([4, 5, 6])
    c = a + b
    assert "ADD" in str(c.uop)
    order = c.uop.toposort()
    assert order[-1] is c.uop and all(source in order for node in order for source in node.src)
    assert c.tolist() == [5, 7, 9]


def test_looking_at_the_schedule():
    x = Tensor.randn(100, 100).realize()
    y = ((x + 1) * 2).relu().sum()
    schedule = y.schedule()
    for i, item in enumerate(schedule):
        assert f"Step {i}: {item}"
    if Device.DEFAULT != "NUMPY":
        assert len(schedule) == 1
    assert y.item() == pytest.approx(np.maximum((x.numpy() + 1) * 2, 0).sum(), rel=1e-5)


def test_the_same_program_on_each_device():
    seen = []
    for device in ["CPU", "GPU"]:
        if device in Device._devices:
            Tensor.manual_seed(3)
            x = Tensor.randn(30, 20, device=device)
            seen.append((x @ x.T).sum().realize().item())
    assert "NUMPY" in Device._devices and np.ptp(seen) <= 1e-3 * abs(seen[0]) if seen else True


def test_gradients_without_a_word_about_them():
    x = Tensor([2.0])
    y = x * x
    z = y + x
    loss = z.sum()
    loss.backward()
    assert x.grad.item() == 5.0
    assert "5." in str(x.grad)


def test_a_neuron_by_hand():
    x = Tensor([2.0], requires_grad=True)
    w = Tensor([3.0], requires_grad=True)
    b = Tensor([1.0], requires_grad=True)
    loss = (x * w + b).pow(2).mean()
    loss.backward()
    assert (w.grad.item(), x.grad.item(), b.grad.item()) == (28.0, 42.0, 14.0)


class Neuron:
    def __init__(self, n_inputs):
        self.w = Tensor.randn(n_inputs, 1) * 0.01
        self.b = Tensor.zeros(1)

    def __call__(self, x):
        return (x.matmul(self.w) + self.b).relu()


def test_a_neuron_whose_weights_are_computed():
    neuron = Neuron(3)
    out = neuron(Tensor([[0.5, 1.2, -0.3]]))
    assert out.numpy().shape == (1, 1)
    (neuron(Tensor([[0.5, 1.2, -0.3]])) + neuron.b).sum().backward()
    assert neuron.w.grad is not None and neuron.b.grad is not None


class Layer:
    def __init__(self, n_in, n_out):
        self.w = Tensor.kaiming_uniform(n_in, n_out)
        self.b = Tensor.zeros(n_out)

    def __call__(self, x):
        return x.matmul(self.w) + self.b

    def parameters(self):
        return [self.w, self.b]


class MLP:
    def __init__(self, sizes):
        self.layers = [Layer(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x).softmax()

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def test_training_with_one_hot_labels():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 256)
    images = (rng.standard_normal((10, 64))[labels] + 0.3 * rng.standard_normal((256, 64))).astype(np.float32)
    Tensor.manual_seed(0)
    model = MLP([64, 32, 16, 10])
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    total = 0.0
    for _ in range(8):
        total = 0.0
        for i in range(0, 256, 64):
            one_hot = np.zeros((64, 10), dtype=np.float32)
            one_hot[np.arange(64), labels[i : i + 64]] = 1.0
            out = model(Tensor(images[i : i + 64]))
            loss = -(Tensor(one_hot) * out.log()).sum(axis=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.numpy()
    predictions = model(Tensor(images)).numpy().argmax(axis=1)
    assert (predictions == labels).mean() > 0.95
    assert f"{total / 4:.4f}"


class SmallCNN:
    def __init__(self):
        self.c1 = nn.Conv2d(1, 4, 3, padding=1)
        self.c2 = nn.Conv2d(4, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc1 = Layer(8 * 7 * 7, 16)
        self.fc2 = Layer(16, 10)

    def __call__(self, x):
        x = self.c1(x).relu().max_pool2d()
        x = self.bn(self.c2(x)).relu().max_pool2d()
        x = x.reshape(x.shape[0], -1)
        return self.fc2(self.fc1(x).relu()).softmax()

    def parameters(self):
        parts = [self.c1, self.c2, self.fc1, self.fc2]
        return [p for part in parts for p in (part.parameters() if hasattr(part, "parameters") else [])]


def test_a_convolutional_network():
    Tensor.manual_seed(1)
    model = SmallCNN()
    out = model(Tensor.rand(3, 1, 28, 28))
    assert out.shape == (3, 10)
    assert np.allclose(out.numpy().sum(1), 1, atol=1e-5)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x, y = Tensor.rand(8, 1, 28, 28), Tensor(np.arange(8) % 10)
    losses = []
    for _ in range(6):
        optimizer.zero_grad()
        loss = (model(x).log()).nll_loss(y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_files_of_mnist_are_read_in_the_usual_way(tmp_path):
    images = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8)
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(struct.pack(">4i", 2051, 2, 28, 28) + images.tobytes()))
    pixels = np.frombuffer(gzip.open(path).read(), np.uint8, offset=16).reshape(-1, 784)
    assert np.array_equal((Tensor(pixels) / 255.0).numpy(), (pixels / np.float32(255)).astype(np.float32))
    assert Tensor((pixels / 255.0).astype(np.float32)).shape == (2, 784)


def test_a_device_of_ones_own():
    class SimpleDevice:
        """Doubles as a notebook: it writes down what it is asked to compute, and lets NumPy do it."""

        name = "SIMPLE"

        def __init__(self):
            self.log = []

        def allocate(self, nbytes):
            self.log.append(nbytes)
            return np.empty(nbytes, np.uint8)

        def write(self, memory, array):
            memory[: array.nbytes] = array.view(np.uint8)

        def read(self, memory, nbytes):
            return memory[:nbytes]

    device = SimpleDevice()
    Device.register(device)
    x = Tensor([1.0, 2.0, 3.0], device="SIMPLE")
    assert (x * 2).sum().item() == 12.0 and device.log
    assert (x.to("NUMPY") + 1).tolist() == [2.0, 3.0, 4.0]
