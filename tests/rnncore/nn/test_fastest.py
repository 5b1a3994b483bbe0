"""The choice of a kernel by measurement. Oracle: layers that are made slow on purpose, and a count of what was made."""

import json
from functools import partial

import pytest
import torch

from rnncore.nn import GRU, LSTM, RNN, fastest
from rnncore.nn.fastest import KERNELS, Work, kernels_by_rule

WORK = Work("rnn", torch.float32, 6, 3, 2, 5, packed=False, training=True)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """Measuring as it is outside of tests, with a cache folder of its own."""
    monkeypatch.setenv(fastest.VARIABLE, "measured")
    monkeypatch.setattr(fastest, "_SECONDS", 0.0)
    monkeypatch.setattr(fastest.pooch, "os_cache", lambda name: tmp_path / name)
    forget()
    yield tmp_path / "rnncore" / "kernels.json"
    forget()


def forget():
    """What a new process does not know."""
    fastest._all_known.cache_clear()


class Slow(RNN):
    """A layer whose named kernels are slowed down."""

    made = 0

    def __init__(self, *args, slow, **options):
        super().__init__(*args, **options)
        self.slow = slow
        Slow.made += 1

    def forward(self, input, hx=None):
        if self.kernel in self.slow:
            sum(range(200_000))
        return super().forward(input, hx)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_faster_kernel_is_chosen(kernel, training, packed):
    (other,) = set(KERNELS) - {kernel}
    work = WORK._replace(packed=packed, training=training)
    assert fastest.fastest(work, partial(Slow, slow=(other,))) == kernel


def test_torchs_kernel_is_taken_unless_the_other_is_clearly_faster():
    assert fastest.fastest(WORK._replace(T=1, B=1), partial(Slow, slow=KERNELS)) == "torch"


def test_a_class_of_work_is_measured_once_and_remembered(cache):
    make = partial(Slow, slow=("torch",))
    Slow.made = 0
    for work in (WORK, WORK._replace(T=7, H=4)):
        assert fastest.fastest(work, make) == "bptt"
    forget()
    assert fastest.fastest(WORK, make) == "bptt"
    assert Slow.made == len(KERNELS)
    (machine,) = json.loads(cache.read_text())
    assert torch.__version__ in machine
    fastest.fastest(WORK._replace(T=60), make)
    assert Slow.made == 2 * len(KERNELS)


def test_what_other_processes_remembered_stays(cache):
    fastest.fastest(WORK, partial(Slow, slow=("torch",)))
    cache.write_text(json.dumps({"another machine": {str(WORK): "bptt"}}))
    fastest.fastest(WORK._replace(T=60), partial(Slow, slow=("bptt",)))
    found = json.loads(cache.read_text())
    assert found.pop("another machine") == {str(WORK): "bptt"}
    assert sorted(*map(dict.values, found.values())) == ["bptt", "torch"]


@pytest.mark.parametrize("text", ["", "[1", "[1]", '{"a": 1}', '{"a": {"b": "another"}}'])
def test_a_file_that_cannot_be_read_is_measured_anew(cache, text):
    cache.parent.mkdir()
    cache.write_text(text)
    assert fastest.fastest(WORK, partial(Slow, slow=("torch",))) == "bptt"
    assert json.loads(cache.read_text())


def test_a_cache_that_cannot_be_written_is_done_without(cache):
    cache.parent.write_text("a file where the folder belongs")
    assert fastest.fastest(WORK, partial(Slow, slow=("torch",))) == "bptt"


@pytest.mark.parametrize("cell", [RNN, partial(RNN, nonlinearity="relu"), LSTM, GRU])
@pytest.mark.parametrize("context", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_a_layer_asks_and_the_caller_notices_nothing(cache, cell, context):
    """The same values as torch's kernel and the same random numbers afterwards, in whatever mode the caller is."""
    torch.manual_seed(0)
    module = cell(2, 3)
    xs, random = torch.randn(4, 2, 2), torch.get_rng_state()
    with context():
        hs, _ = module(xs)
        assert torch.equal(torch.get_rng_state(), random)
        module.kernel = "torch"
        torch.testing.assert_close(hs, module(xs)[0])
    (known,) = json.loads(cache.read_text()).values()
    (name,) = known
    direction = "training" if context is torch.enable_grad else "inference"
    assert name == f"{module._cell_name} float32 T4 B2 D2 H4 padded {direction}"


def test_packed_and_unbatched_input_has_the_sizes_that_it_has(cache):
    module = GRU(2, 8, batch_first=True)
    module(torch.zeros(4, 2))
    module(torch.zeros(1, 16, 2))
    module(torch.nn.utils.rnn.pack_sequence([torch.zeros(4, 2), torch.zeros(1, 2)]))
    (known,) = json.loads(cache.read_text()).values()
    assert set(known) == {
        "gru float32 T4 B1 D2 H8 padded training",
        "gru float32 T16 B1 D2 H8 padded training",
        "gru float32 T4 B2 D2 H8 packed training",
    }


def test_the_environment_turns_it_off(cache, monkeypatch):
    monkeypatch.setenv(fastest.VARIABLE, "rule")
    GRU(2, 3)(torch.zeros(20, 1, 2))
    assert not cache.exists()
    monkeypatch.setenv(fastest.VARIABLE, "fast")
    with pytest.raises(ValueError, match="RNNCORE_KERNELS must be measured or rule; got 'fast'"):
        GRU(2, 3)(torch.zeros(20, 1, 2))


def test_within_a_block_kernels_are_chosen_by_rule(cache):
    with kernels_by_rule():
        GRU(2, 3)(torch.zeros(20, 1, 2))
        assert not cache.exists()
    GRU(2, 3)(torch.zeros(20, 1, 2))
    assert cache.exists()
