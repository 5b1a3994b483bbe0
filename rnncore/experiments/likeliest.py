"""Names of symbols: the likeliest ending of a name is not what names are like."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rnncore.experiments.claim import Claim, Span, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.experiments.text_reader import cost_of_sequences, train_on_sequences
from rnncore.functional.decoding import Decoder, beam_search, sample
from rnncore.functional.metrics import bits_per_character
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots.style import COLOURS, MARKERS, new_figure
from rnncore.lab.training import seeded, use_threads
from rnncore.nn import LSTM
from rnncore.nn.models import LanguageModel
from rnncore.tasks.batching import TextBatch, shift_targets
from rnncore.tasks.symbol_names import symbol_names
from rnncore.tasks.vocab import BOS, EOS, Vocab

_LONGEST = 60
"""Characters after which a name is broken off."""


class Namer(NamedTuple):
    """A model that has read names of symbols."""

    model: LanguageModel
    vocab: Vocab
    """Its characters."""
    unread: list[str]
    """The names that were kept apart."""
    bits: float
    """What these cost it, in bits per character, the end of a name being one."""


@dataclass(frozen=True)
class Likeliest(Finding):
    """How probable and how long the endings are that beam search finds for the first letters of
    real names, and how long drawn and real ones are."""

    claim: ClassVar[Claim] = Claim(
        "A wider beam finds likelier sequences, and worse ones: they are too short.",
        reference=(
            "Koehn and Knowles, Six Challenges for Neural Machine Translation (2017); Stahlberg "
            "and Byrne, On NMT Search Errors and Model Errors: Cat Got Your Tongue? (2019)"
        ),
        published=(
            "in translation, quality falls with wide beams, and for more than half of the "
            "sentences the likeliest translation of all is the empty one"
        ),
        bands=(
            every_seed("cost by beam", minus="cost by greedy", span=Span("widths", 16), below=-2.0),
            every_seed(
                "length by beam", over="length of real names", at_most=0.6, span=Span("widths", 16)
            ),
            every_seed(
                "length of drawn names", over="length of real names", at_least=0.75, at_most=1.25
            ),
        ),
    )

    widths: tuple[int, ...]
    cost: np.ndarray
    """-log P of the ending that the beam likes best, in nats, mean over names, (seeds, widths)."""
    length: np.ndarray
    """Characters of the names with these endings, (seeds, widths)."""
    drawn: np.ndarray
    """Characters of the names with endings drawn at random, (seeds,)."""
    real: np.ndarray
    """Characters of the real names, (seeds,)."""
    bits: np.ndarray
    """Bits per character of names that were not read in training, their end included, (seeds,)."""

    @property
    def points(self) -> tuple[int, ...]:
        """The beams, as numbers of hypotheses."""
        return self.widths

    def quantities(self) -> dict[str, np.ndarray]:
        every_width = np.ones(len(self.widths))
        return {
            "cost by beam": self.cost,
            "cost by greedy": self.cost[:, :1] * every_width,
            "length by beam": self.length,
            "length of drawn names": self.drawn[:, None] * every_width,
            "length of real names": self.real[:, None] * every_width,
        }

    def rows(self) -> list[str]:
        return [
            f"measured: bits per character of new names {format_numbers(self.bits, 2)}",
            *(
                f"width {width:2d}: cost / nats {format_numbers(cost, 1)}   "
                f"length / characters {format_numbers(length, 1)}"
                for width, cost, length in zip(self.widths, self.cost.T, self.length.T, strict=True)
            ),
            f"drawn: length {format_numbers(self.drawn, 1)}   "
            f"real: length {format_numbers(self.real, 1)}",
        ]

    def _draw(self) -> Figure:
        """Cost and length against the width of the beam."""
        panels = (
            ("cost of the ending, -log P / nats", {"beam": self.cost}, {}),
            (
                "length of the name / characters",
                {"beam": self.length},
                {"real names": self.real.mean(), "drawn at random": self.drawn.mean()},
            ),
        )
        with new_figure(1, 2, size=(8.0, 3.2)) as (figure, row):
            for axes, (ylabel, curves, levels) in zip(row, panels, strict=True):
                for values in curves.values():
                    axes.plot(self.widths, values.mean(0), MARKERS[0] + "-", color=COLOURS[0])
                    axes.fill_between(
                        self.widths, values.min(0), values.max(0), color=COLOURS[0], alpha=0.2, lw=0
                    )
                for k, (name, level) in enumerate(levels.items(), start=1):
                    axes.axhline(level, color=COLOURS[k], linestyle="--", label=name)
                axes.set_xscale("log", base=2)
                axes.set_xticks(self.widths, map(str, self.widths))
                axes.set_ylim(bottom=0)
                axes.set(xlabel="width of the beam / hypotheses", ylabel=ylabel)
                if levels:
                    axes.legend()
            figure.suptitle("The wider the beam, the likelier the ending, and the shorter")
        return figure


@experiment("likeliest", shift_targets, bits_per_character, sample, beam_search)
def measure_likeliest(
    shift_targets: Callable[..., TextBatch],
    bits_per_character: Callable[..., float],
    sample: Callable[..., Any],
    beam_search: Callable[..., Any],
    seeds: Sequence[int] = (0, 1, 2),
    *,
    widths: Sequence[int] = (1, 2, 4, 8, 16, 32),
    N: int = 40,
    given: int = 2,
    steps: int = 400,
    H: int = 128,
    B: int = 64,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Likeliest:
    """Train on names of symbols, and end new names that are begun.

    Args:
        shift_targets: gives the inputs and targets of a batch of names.
        bits_per_character: what a character costs, of the nats of all.
        sample: draws endings.
        beam_search: searches for the likeliest ones.
        seeds: each has its own split of the names, and draws its own weights.
        widths: widths of the beam, 1 the first.
        N: how many names are ended.
        given: how many of their first letters are given.
        steps: training steps, each on B names.
        H: the hidden size.
        B: names in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Likeliest` finding.
    """
    measured = []
    for seed in seeds:
        namer = train_on_names(
            shift_targets,
            bits_per_character,
            seed,
            steps=steps,
            H=H,
            B=B,
            learning_rate=learning_rate,
            device=device,
        )
        rng = np.random.default_rng([seed, 1])
        with use_threads(1):
            begun = [begin_name(namer, name[:given]) for name in namer.unread[:N]]
            drawn = [_length(sample(*on, rng.random((1, _LONGEST)))[0].tolist()) for on in begun]
            best = [[beam_search(*on, EOS, _LONGEST, width)[0] for on in begun] for width in widths]
        cost = [-np.mean([ending.log_prob for ending in row]) for row in best]
        length = [given + np.mean([_length(ending.ids) for ending in row]) for row in best]
        real = np.mean([len(name) for name in namer.unread[:N]])
        measured.append((cost, length, given + np.mean(drawn), real, namer.bits))
    return Likeliest(
        tuple(seeds),
        tuple(widths),
        *(np.array(column) for column in zip(*measured, strict=True)),
        device=device_name(_place(device, B, H)),
    )


def train_on_names(
    shift_targets: Callable[..., TextBatch],
    bits_per_character: Callable[..., float],
    seed: int = 0,
    *,
    steps: int = 400,
    H: int = 128,
    B: int = 64,
    learning_rate: float = 1e-2,
    device: str = "auto",
) -> Namer:
    """Train an LSTM on the names of symbols, 150 of them kept apart.

    Args:
        shift_targets: gives the inputs and targets of a batch of names.
        bits_per_character: what a character costs, of the nats of all.
        seed: of the split and the first weights.
        steps: training steps, each on B names.
        H: the hidden size.
        B: names in a training step.
        learning_rate: the greatest step size.
        device: where to train; see `rnncore.lab.device.pick_device`.

    Returns:
        A `Namer`.
    """
    names, rng = symbol_names(), np.random.default_rng(seed)
    vocab = Vocab.build(names)
    mixed = [names[k] for k in rng.permutation(len(names))]
    unread, known = (
        [vocab.encode(name, bos=True, eos=True) for name in part]
        for part in (mixed[:150], mixed[150:])
    )
    with seeded(seed), use_threads(1):
        model = train_on_sequences(
            shift_targets,
            known,
            LanguageModel(len(vocab), LSTM(32, H, batch_first=True)),
            rng,
            B=B,
            steps=steps,
            learning_rate=learning_rate,
            device=_place(device, B, H),
        )
        nats = cost_of_sequences(shift_targets, unread, model)
    return Namer(model, vocab, mixed[:150], bits_per_character(nats, len(nats)))


def begin_name(namer: Namer, text: str) -> tuple[Decoder, Any, Tensor]:
    """Let a model of names read the beginning of one.

    Args:
        namer: the trained model.
        text: the first letters; none for a name that has not begun.

    Returns:
        What `sample` and `beam_search` start from: the decoder, its state before the last letter,
        and that letter, (1,).
    """
    model, vocab = namer.model, namer.vocab
    place = model.readout.weight.device
    *before, last = (torch.tensor([i], device=place) for i in (BOS, *vocab.encode(text)))
    state = model.begin(1)
    for token in before:
        _, state = model.decoder(token, state)
    return model.decoder, state, last


def _place(device: str, B: int, H: int) -> torch.device:
    return pick_device(device, recurrent_work(B, 32, H, gates=4))


def _length(ids: Sequence[int]) -> int:
    """Characters before the end."""
    return ids.index(EOS) if EOS in ids else len(ids)
