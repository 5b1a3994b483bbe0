"""Exercise `from-torch`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u05_lstm.shared import draw_state
from rnncore.functional.cells import LSTMParams
from rnncore.functional.cells.lstm import from_torch
from rnncore.functional.sequence.lstm_layer import lstm_forward

exercise = Exercise("from-torch", "Read torch's weights", from_torch)


def _torch_weights(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    shapes = {"weight_ih_l0": (4 * H, D), "weight_hh_l0": (4 * H, H), "bias_ih_l0": (4 * H,), "bias_hh_l0": (4 * H,)}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return dict(reversed(weights.items()))  # by name, and not by order


def _run_from_torch(student: StudentFunction, rng: np.random.Generator, D: int, H: int):
    weights = _torch_weights(rng, D, H)
    return expect_parts(student(weights), "W_x", "W_h", "b"), weights


@exercise.check("the weights of the input", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for D, H in ((5, 3), (8, 2), (2, 3), (1, 1)):
        (W_x, _, _), weights = _run_from_torch(student, rng, D, H)
        hint = "A row of torch's matrix is a column of ours."
        expect_same(W_x, np.einsum("kd->dk", weights["weight_ih_l0"]), "W_x", hint)


@exercise.check("the weights of the hidden state", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, W_h, _), weights = _run_from_torch(student, rng, 5, 3)
    hint = "A row of torch's matrix is a column of ours."
    expect_same(W_h, np.einsum("kh->hk", weights["weight_hh_l0"]), "W_h", hint)


@exercise.check("the bias", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    (_, _, b), weights = _run_from_torch(student, rng, 3, 4)
    both = np.sum([weights["bias_ih_l0"], weights["bias_hh_l0"]], axis=0)
    expect_same(b, both, "b", "torch has two biases where we have one.")


@exercise.check("an LSTM with these weights computes what torch's computes", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    D, H = 4, 3
    parts, weights = _run_from_torch(student, rng, D, H)
    xs, state = rng.normal(size=(2, 5, D)), draw_state(rng, 2, H)
    network = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    network.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    with torch.no_grad():
        memory = torch.tensor(state.h)[None], torch.tensor(state.c)[None]
        want, _ = network(torch.tensor(xs), memory)
    hs, _, _ = lstm_forward(xs, state, LSTMParams(*map(np.asarray, parts)))
    expect_same(hs, want.numpy(), "the hidden states")


exercise.leaves_inputs(0.25)


def _read(weights, W_x=np.transpose, W_h=np.transpose, b=np.add):
    return LSTMParams(
        W_x(weights["weight_ih_l0"]), W_h(weights["weight_hh_l0"]), b(weights["bias_ih_l0"], weights["bias_hh_l0"])
    )


def _permuted(part, order):
    blocks = np.split(part, 4, axis=-1)
    return np.concatenate([blocks["ifgo".index(gate)] for gate in order], axis=-1)


@exercise.mistake("You hand over torch's matrices as they are. torch's are (4H, D) and (4H, H); compare with ours.")
def not_transposed(weights):
    return _read(weights, np.asarray, np.asarray)


@exercise.mistake(
    "Your matrices have the right shapes with the numbers in the wrong places. Reshaping keeps the order in which the "
    "numbers lie in memory; think of what swaps rows and columns."
)
def reshaped(weights):
    return _read(weights, lambda W: W.reshape(W.shape[::-1]), lambda W: W.reshape(W.shape[::-1]))


exercise.knob(
    _read,
    "input_bias_only",
    "Your bias is one of torch's two. The gates of torch's LSTM feel both.",
    b=lambda ih, hh: ih,
)

exercise.knob(
    _read,
    "hidden_bias_only",
    "Your bias is torch's second one alone. The gates of torch's LSTM feel both.",
    b=lambda ih, hh: hh,
)

exercise.knob(
    _read,
    "mean_bias",
    "Your bias is the mean of torch's two. Look at how torch's equation for a gate uses them.",
    b=lambda ih, hh: (ih + hh) / 2,
)

exercise.knob(
    _read,
    "joined_biases",
    "Your bias is twice as long as it should be: torch's two biases end to end. b is (4H,).",
    b=lambda ih, hh: np.concatenate([ih, hh]),
)


@exercise.mistake(
    "Your W_x and W_h have changed places. In torch's names, ih is from input to hidden and hh from hidden to hidden."
)
def swapped(weights):
    return LSTMParams(*(_read(weights)[k] for k in (1, 0, 2)))


@exercise.mistake(
    "You moved blocks of columns, as if torch had the gates in another order than i, f, g, o. The orders are the same."
)
def reordered(weights):
    return LSTMParams(*(_permuted(part, "ifog") for part in _read(weights)))


@exercise.mistake("You cut torch's rows into blocks of D. A gate has H rows, however large the input is.")
def blocks_by_the_input(weights):
    D = weights["weight_ih_l0"].shape[1]
    return _read(weights, W_x=lambda w: np.concatenate([w[k * D : (k + 1) * D].T for k in range(4)], axis=1))


@exercise.mistake("Your W_h is reshaped. That shuffles its entries: transpose it, as W_x.")
def hidden_weights_reshaped(weights):
    return _read(weights, W_h=lambda w: w.reshape(w.shape[::-1]))


exercise.knob(
    _read,
    "hidden_bias_twice",
    "Your bias has torch's second one twice. Add the two: bias_ih_l0 and bias_hh_l0.",
    b=lambda ih, hh: hh + hh,
)

exercise.knob(
    _read,
    "input_bias_twice",
    "Your bias has torch's first one twice. Add the two: bias_ih_l0 and bias_hh_l0.",
    b=lambda ih, hh: ih + ih,
)

exercise.knob(
    _read,
    "product_of_biases",
    "Your bias is the product of torch's two. torch adds them.",
    b=np.multiply,
)

exercise.knob(
    _read,
    "difference_of_biases",
    "Your bias is the difference of torch's two. torch adds them.",
    b=np.subtract,
)
