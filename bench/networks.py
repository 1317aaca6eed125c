"""Training steps of small networks, beside PyTorch: ``python -m bench.networks --peers FOLDER --threads 1``.

Each framework runs in a process of its own, since two thread pools in one process spoil each other. The two take turns,
a few steps at a time, so that a noisy machine is noisy for both. Printed are medians and minima of the time a step
takes, and their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

NETWORKS = {"mlp64": 64, "mlp512": 512, "cnn": 64, "gpt": 16, "lstm": 32}
BLOCKS, WIDTH, HEADS, CONTEXT, LETTERS = 4, 128, 4, 128, 65
HIDDEN, STEPS, INPUTS = 128, 64, 128


def data_for(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and class numbers of one batch."""
    rng, batch = np.random.default_rng(0), NETWORKS[name]
    if name == "gpt":
        return rng.integers(0, LETTERS, (batch, CONTEXT)), rng.integers(0, LETTERS, batch * CONTEXT)
    shape = {"cnn": (batch, 1, 28, 28), "lstm": (batch, STEPS, INPUTS)}.get(name, (batch, 784))
    return rng.standard_normal(shape).astype(np.float32), rng.integers(0, 10, batch)


def our_step(name: str) -> Callable[[], None]:
    from course_lib import Tensor, nn, optim
    from course_lib.engine.replay import replay

    class Block(nn.Module):
        def __init__(self) -> None:
            self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x: Tensor) -> Tensor:
            batch = x.shape[0]
            parts = self.qkv(self.norm1(x)).split(WIDTH, dim=2)
            q, k, v = (p.reshape(batch, CONTEXT, HEADS, WIDTH // HEADS).transpose(1, 2) for p in parts)
            seen = q.scaled_dot_product_attention(k, v, is_causal=True).transpose(1, 2)
            x = x + self.out(seen.reshape(batch, CONTEXT, WIDTH))
            return x + self.down(self.up(self.norm2(x)).gelu(approximate="tanh"))

    class GPT(nn.Module):
        def __init__(self) -> None:
            self.token, self.place = nn.Embedding(LETTERS, WIDTH), nn.Embedding(CONTEXT, WIDTH)
            self.blocks = [Block() for _ in range(BLOCKS)]
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, LETTERS, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            x = self.token(x) + self.place.weight
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x)).reshape(-1, LETTERS)

    class LSTM(nn.Module):
        def __init__(self) -> None:
            self.x, self.h = nn.Linear(INPUTS, 4 * HIDDEN), nn.Linear(HIDDEN, 4 * HIDDEN)
            self.head = nn.Linear(HIDDEN, 10)

        def forward(self, x: Tensor) -> Tensor:
            given = self.x(x)
            h = c = Tensor.zeros(x.shape[0], HIDDEN, requires_grad=False)
            for t in range(STEPS):
                i, f, new, o = (given[:, t] + self.h(h)).chunk(4, dim=1)
                c = f.sigmoid() * c + i.sigmoid() * new.tanh()
                h = o.sigmoid() * c.tanh()
            return self.head(h)

    relu, pool = (lambda x: x.relu()), (lambda x: x.max_pool2d(2))
    model = {
        "gpt": GPT,
        "lstm": LSTM,
        "cnn": lambda: nn.Sequential(
            nn.Conv2d(1, 32, 3), relu, pool, nn.Conv2d(32, 64, 3), relu, pool, nn.Flatten(),
            nn.Linear(1600, 128), relu, nn.Linear(128, 10),
        ),
    }.get(name, lambda: nn.Sequential(
        nn.Linear(784, 256), relu, nn.Linear(256, 128), relu, nn.Linear(128, 10)
    ))()  # fmt: skip
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    x, y = (Tensor(array).realize() for array in data_for(name))

    @replay
    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = model(x).cross_entropy(y)
        loss.backward()
        optimizer.step()
        return loss

    return lambda: step(x, y)


def torch_step(name: str) -> Callable[[], None]:
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(int(os.environ["COURSE_THREADS"]))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            batch = x.shape[0]
            parts = self.qkv(self.norm1(x)).split(WIDTH, dim=2)
            q, k, v = (p.reshape(batch, CONTEXT, HEADS, WIDTH // HEADS).transpose(1, 2) for p in parts)
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
            x = x + self.out(seen.reshape(batch, CONTEXT, WIDTH))
            return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token, self.place = nn.Embedding(LETTERS, WIDTH), nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, LETTERS, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.norm(self.blocks(self.token(x) + self.place.weight))).reshape(-1, LETTERS)

    class LSTM(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.LSTM(INPUTS, HIDDEN, batch_first=True), nn.Linear(HIDDEN, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.cell(x)[0][:, -1])

    model = {
        "gpt": GPT,
        "lstm": LSTM,
        "cnn": lambda: nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
        ),
    }.get(name, lambda: nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    ))()  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = map(torch.from_numpy, data_for(name))

    def step() -> None:
        optimizer.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def serve(framework: str) -> None:
    """Run steps as asked for on standard input: ``{"network": ..., "steps": ...}``, answered with seconds a step."""
    ready: dict[str, Callable[[], None]] = {}
    for line in sys.stdin:
        order = json.loads(line)
        name = order["network"]
        begun = time.perf_counter()
        if name not in ready:
            ready[name] = (our_step if framework == "ours" else torch_step)(name)
            ready[name]()
        first, times = time.perf_counter() - begun, []
        for _ in range(order["steps"]):
            start = time.perf_counter()
            ready[name]()
            times.append(time.perf_counter() - start)
        print(json.dumps({"first": first, "times": times}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Training steps of small networks, beside PyTorch.")
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--peers", default=".peers", help="the folder that PyTorch is installed in")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--serve", choices=("ours", "torch"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    surroundings = {**os.environ, "COURSE_THREADS": str(options.threads), "OMP_NUM_THREADS": str(options.threads)}
    workers = {}
    for framework, path in (("ours", ""), ("torch", options.peers)):
        command = [sys.executable, "-m", "bench.networks", "--serve", framework]
        extra = {"PYTHONPATH": path} if path else {}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        workers[framework] = subprocess.Popen(command, env=surroundings | extra, **pipes)
    print(f"{options.threads} thread(s); milliseconds a step, median / minimum")
    for name in options.networks:
        steps = {"mlp64": 40, "mlp512": 10}.get(name, 3)
        times: dict[str, list[float]] = {framework: [] for framework in workers}
        first = {}
        for round_ in range(options.rounds + 1):
            for framework, worker in workers.items():
                worker.stdin.write(json.dumps({"network": name, "steps": steps}) + "\n")
                worker.stdin.flush()
                answer = json.loads(worker.stdout.readline())
                if round_ == 0:
                    first[framework] = answer["first"]
                else:
                    times[framework] += answer["times"]
        ours, theirs = times["ours"], times["torch"]
        medians = statistics.median(ours) * 1e3, statistics.median(theirs) * 1e3
        least = min(ours) * 1e3, min(theirs) * 1e3
        print(
            f"{name:7} ours {medians[0]:8.2f} / {least[0]:8.2f}   PyTorch {medians[1]:8.2f} / {least[1]:8.2f}   "
            f"ratio {medians[1] / medians[0]:.2f} / {least[1] / least[0]:.2f}   first step {first['ours']:.2f} s",
            flush=True,
        )
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return None


if __name__ == "__main__":
    main()
