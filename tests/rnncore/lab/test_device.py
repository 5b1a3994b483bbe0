"""Where training takes place: by name, by what the machine has, and by how much there is to do."""

import pytest
import torch

from rnncore.lab.device import GPU_WORK, device_name, pick_device, recurrent_work


@pytest.fixture
def gpu(monkeypatch):
    """Claims that a GPU is present, or that none is."""

    def claim(present, apple=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: present)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)

    return claim


def test_devices_are_picked_by_name(gpu):
    gpu(False)
    assert pick_device("cpu") == pick_device() == torch.device("cpu")
    with pytest.raises(ValueError, match="device must be auto, cuda, mps or cpu; got 'tpu'"):
        pick_device("tpu")
    with pytest.raises(ValueError, match="device 'cuda' is not on this machine"):
        pick_device("cuda")
    gpu(True)
    assert pick_device() == pick_device("cuda") == torch.device("cuda")
    assert pick_device("cpu") == torch.device("cpu")


def test_a_chosen_device_is_kept(gpu):
    gpu(True)
    assert pick_device(torch.device("cpu"), GPU_WORK) == torch.device("cpu")


def test_auto_leaves_small_work_on_the_cpu(gpu):
    gpu(True)
    assert pick_device("auto", GPU_WORK) == torch.device("cuda")
    assert pick_device("auto", GPU_WORK - 1) == torch.device("cpu")
    assert pick_device("cuda", 1) == torch.device("cuda")
    gpu(False)
    assert pick_device("auto", GPU_WORK) == torch.device("cpu")


def test_auto_leaves_apples_gpu_alone(gpu):
    gpu(False, apple=True)
    assert pick_device("auto", GPU_WORK) == torch.device("cpu")
    assert pick_device("mps") == torch.device("mps")


def test_work_of_a_step_is_that_of_its_two_products():
    """Counted by torch's own counter of floating-point operations, two for a multiply-add."""
    from torch.utils.flop_counter import FlopCounterMode

    cell, x, state = torch.nn.LSTMCell(3, 5), torch.ones(2, 3), (torch.ones(2, 5), torch.ones(2, 5))
    with FlopCounterMode(display=False) as counter:
        x @ cell.weight_ih.T + state[0] @ cell.weight_hh.T
    assert recurrent_work(2, 3, 5, gates=4) == counter.get_total_flops() // 2


def test_devices_are_called_by_what_they_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU of {device}")
    assert device_name(torch.device("cpu")) == "CPU"
    assert device_name(torch.device("cuda")) == "GPU of cuda"
    assert device_name(torch.device("mps")) == "Apple GPU"
