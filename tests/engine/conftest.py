"""The device that a test runs on, as the default one: each in turn, each that compiles, or C."""

import pytest

from course_lib import Device

from .checking import COMPILED, DEVICES


@pytest.fixture(params=DEVICES)
def device(request, monkeypatch):
    monkeypatch.setattr(Device, "DEFAULT", request.param)
    return request.param


@pytest.fixture(params=COMPILED)
def compiled(request, monkeypatch):
    monkeypatch.setattr(Device, "DEFAULT", request.param)
    return request.param


@pytest.fixture
def on_c(monkeypatch):
    monkeypatch.setattr(Device, "DEFAULT", "C")
