"""From English to German with functions: encoder, decoder and loss come from outside."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rnncore.experiments.batches import shuffled_rows
from rnncore.experiments.claim import Claim, every_seed
from rnncore.experiments.finding import Finding, format_numbers
from rnncore.experiments.registry import experiment
from rnncore.functional.decoding import (
    Decoder,
    Seq2SeqParams,
    decode_step,
    encode_source,
    greedy_decode,
    init_seq2seq_params,
    teacher_forced_loss,
)
from rnncore.functional.metrics import bleu
from rnncore.lab.device import device_name, pick_device, recurrent_work
from rnncore.lab.plots import plot_curves
from rnncore.lab.training import seeded, to_device, train, use_threads
from rnncore.tasks.parallel import ParallelText, encode_pairs, multi30k_text
from rnncore.tasks.reversal import Pairs
from rnncore.tasks.vocab import BOS, EOS, PAD

_SMOOTHED = 20
"""Training steps that a point of the curve is the mean of."""


class Size(NamedTuple):
    """How large a translator is, and how long it is trained."""

    D: int = 64
    """The size of a word vector."""
    H: int = 64
    """The units of the encoder, in each direction."""
    Q: int = 128
    """The units of the decoder."""
    B: int = 32
    """Pairs in a batch."""
    epochs: int = 3
    learning_rate: float = 3e-3


LAPTOP = Size()
"""Less than two minutes on one processor."""

LARGE = Size(D=256, H=256, Q=512, B=128, epochs=10, learning_rate=1e-3)
"""For a GPU: the sizes of github.com/bentrevett/pytorch-seq2seq, which adds dropout."""


@dataclass(frozen=True)
class Translator(Finding):
    """What a trained translator makes of sentences that it has not seen."""

    claim: ClassVar[Claim] = Claim(
        "Encoder, attention and decoder together learn to translate.",
        reference=(
            "Bahdanau, Cho and Bengio (2015), arXiv:1409.0473; the corpus: Elliott et al., "
            "Multi30K (2016), arXiv:1605.00459"
        ),
        published=(
            "BLEU of larger networks on the whole of Multi30k, from German to English; none on its "
            "short sentences"
        ),
        bands=(
            every_seed("perplexity", at_most=10.0),
            every_seed("with another source", over="perplexity", at_least=3.0),
            every_seed("BLEU", at_least=10.0),
            every_seed("weight on the end mark", at_most=0.4),
        ),
    )

    corpus: str
    steps: int
    perplexity: np.ndarray
    """Of the validation sentences, each with its source, (seeds,)."""
    swapped: np.ndarray
    """The same, each with the source of another sentence, (seeds,)."""
    bleu: np.ndarray
    """Of greedy translations of the validation sentences, (seeds,)."""
    on_end: np.ndarray
    """The weight on the source's end mark, mean over the words of the validation sentences,
    (seeds,)."""
    losses: np.ndarray
    """Loss of the training batches, means of some steps each, (seeds, points)."""
    trained: tuple[Seq2SeqParams, ...] = ()
    """The weights of each seed, tensors."""

    def quantities(self) -> dict[str, np.ndarray]:
        return {
            "perplexity": self.perplexity,
            "with another source": self.swapped,
            "BLEU": self.bleu,
            "weight on the end mark": self.on_end,
        }

    def rows(self) -> list[str]:
        found = self.quantities().items()
        listed = [f"{name}: {format_numbers(numbers, 2)}" for name, numbers in found]
        return [f"measured: {self.corpus}, {self.steps} steps, validation sentences", *listed]

    def _draw(self) -> Figure:
        """Training loss by step, beside the validation loss at the end."""
        points = (np.arange(self.losses.shape[1]) + 0.5) * self.steps / self.losses.shape[1]
        end = float(np.log(self.perplexity).mean())
        return plot_curves(
            points,
            {"training": self.losses},
            xlabel="training step",
            ylabel="loss / nats per word",
            title=f"Learning to translate: {self.corpus}",
            lines={f"validation, at the end: {end:.2f}": end},
        )


def decoder_of(step: Callable[..., Any], params: Seq2SeqParams) -> Decoder:
    """A step with its weights bound, as `greedy_decode` and `beam_search` want it.

    Args:
        step: `scores, state, weights = step(tokens, state, params.decoder)`, such as `decode_step`.
        params: the weights.

    Returns:
        The decoder, `scores, state = decoder(tokens, state)`.
    """
    return lambda tokens, state: step(tokens, state, params.decoder)[:2]


@experiment("translator", encode_source, decode_step, teacher_forced_loss, greedy_decode, bleu)
def measure_translator(
    encode_source: Callable[..., Any],
    decode_step: Callable[..., Any],
    teacher_forced_loss: Callable[..., Any],
    greedy_decode: Callable[..., Any],
    bleu: Callable[..., float],
    text: ParallelText | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    *,
    size: Size = LAPTOP,
    device: str = "auto",
    progress: bool = False,
) -> Translator:
    """Train a translator, and let it translate validation sentences.

    Args:
        encode_source: as the function of `rnncore.functional.decoding`.
        decode_step: as that function.
        teacher_forced_loss: as that function.
        greedy_decode: as that function.
        bleu: as the function of `rnncore.functional.metrics`.
        text: the corpus; Multi30k from English to German, sentences of up to 12 words, if None.
        seeds: weights and order of the sentences are drawn anew for each.
        size: of the network and of its training.
        device: where to train; see `rnncore.lab.device.pick_device`.
        progress: whether to show a bar.

    Returns:
        A `Translator` finding.

    Raises:
        OSError: if no text is given and Multi30k is not available.
    """
    corpus = multi30k_text("en", "de", longest=12, min_count=3) if text is None else text
    place = pick_device(device, recurrent_work(size.B, size.D, size.Q, gates=3))
    steps = size.epochs * math.ceil(len(corpus.train) / size.B)

    def loss(params: Seq2SeqParams, pairs: Any) -> Tensor:
        state = encode_source(pairs.sources, pairs.source_lengths, params.encoder)
        mask = pairs.targets != PAD
        return teacher_forced_loss(decoder_of(decode_step, params), state, pairs.targets, mask)

    def learn(seed: int) -> tuple[Seq2SeqParams, np.ndarray]:
        rng = np.random.default_rng(seed)
        sizes = len(corpus.source), len(corpus.target), size.D, size.H, size.Q
        training = train(
            loss,
            init_seq2seq_params(*sizes, rng),
            _batches(corpus, size.B, rng),
            steps=steps,
            learning_rate=size.learning_rate,
            device=place,
            progress=progress,
            description=f"translator, seed {seed}",
        )
        return training.model, training.losses

    def weight_on_end(params: Seq2SeqParams, state: Any) -> float:
        total, words = 0.0, 0
        rows = torch.arange(len(corpus.valid), device=place)
        last = valid.source_lengths - 1
        for t in range(valid.targets.shape[1] - 1):
            _, state, weights = decode_step(valid.targets[:, t], state, params.decoder)
            written = (valid.targets[:, t + 1] != PAD) & (valid.targets[:, t + 1] != EOS)
            total += weights[rows, last][written].sum().item()
            words += int(written.sum())
        return total / words

    trained, losses, scores = [], [], []
    valid = to_device(encode_pairs(corpus.valid, corpus), place)
    other = valid._replace(
        sources=valid.sources.roll(1, 0), source_lengths=valid.source_lengths.roll(1, 0)
    )
    for seed in seeds:
        with seeded(seed):
            params, curve = learn(seed)
        with torch.no_grad(), use_threads(1):
            own, swapped = (math.exp(loss(params, pairs)) for pairs in (valid, other))
            state = encode_source(valid.sources, valid.source_lengths, params.encoder)
            start, T = torch.full_like(valid.targets[:, 0], BOS), valid.targets.shape[1] + 5
            words = greedy_decode(decoder_of(decode_step, params), state, start, EOS, T)
            on_end = weight_on_end(params, state)
        written = [corpus.target.decode(row) for row in words.tolist()]
        score = bleu(written, [[right] for _, right in corpus.valid])
        scores.append((own, swapped, score, on_end))
        losses.append(curve[: steps // _SMOOTHED * _SMOOTHED].reshape(-1, _SMOOTHED).mean(axis=1))
        trained.append(params)
    perplexity, swapped, scored, ends = np.array(scores).T
    return Translator(
        tuple(seeds),
        corpus.name,
        steps,
        perplexity,
        swapped,
        scored,
        ends,
        np.array(losses),
        tuple(trained),
        device=device_name(place),
    )


def _batches(text: ParallelText, B: int, rng: np.random.Generator) -> Iterator[Pairs]:
    for rows in shuffled_rows(len(text.train), B, rng):
        yield encode_pairs([text.train[k] for k in rows], text)
