"""The translator made of functions, and the numbers of recorded runs."""

import numpy as np
import pytest
import torch

from rnncore.experiments.recorded import HEADLINES, TRANSLATION, TRANSLATOR
from rnncore.experiments.translator import Size, Translator, decoder_of, measure_translator
from rnncore.functional.decoding import decode_step, encode_source, greedy_decode, teacher_forced_loss
from rnncore.functional.metrics import bleu
from rnncore.tasks.parallel import generated_text
from rnncore.tasks.vocab import BOS, EOS

FUNCTIONS = encode_source, decode_step, teacher_forced_loss, greedy_decode, bleu


def _found(perplexity, swapped, bleu, on_end):
    columns = (np.array([number]) for number in (perplexity, swapped, bleu, on_end))
    return Translator((0,), "a text", 40, *columns, np.array([[3.0, 2.0]]))


@pytest.mark.parametrize(
    ("perplexity", "swapped", "bleu", "on_end", "holds"),
    [
        (8.0, 60.0, 17.0, 0.1, True),
        (11.0, 60.0, 17.0, 0.1, False),
        (8.0, 16.0, 17.0, 0.1, False),
        (8.0, 60.0, 5.0, 0.1, False),
        (8.0, 60.0, 17.0, 0.9, False),
        (np.nan, np.nan, np.nan, np.nan, False),
    ],
)
def test_the_band_of_the_translator(perplexity, swapped, bleu, on_end, holds):
    assert _found(perplexity, swapped, bleu, on_end).holds is holds


def test_a_translator_that_has_hardly_begun_is_outside_the_band():
    text = generated_text(longest=7)
    text = text._replace(train=text.train[:64], valid=text.valid[:5])
    found = measure_translator(*FUNCTIONS, text, (0, 1), size=Size(8, 8, 8, 16, epochs=10))
    assert not found.holds
    assert found.perplexity.shape == found.swapped.shape == found.bleu.shape == found.on_end.shape == (2,)
    assert np.all((found.on_end > 0) & (found.on_end < 1))
    assert found.losses.shape == (2, 2)
    assert np.all(found.losses[:, 1] < found.losses[:, 0])
    assert "generated sentences" in str(found)
    found.figure().canvas.draw()


@pytest.mark.slow
def test_a_translator_learns_a_few_sentences_by_heart():
    text = generated_text(longest=7)
    text = text._replace(train=text.train[:8], valid=text.train[:8])
    found = measure_translator(*FUNCTIONS, text, (0,), size=Size(16, 16, 32, 8, epochs=200, learning_rate=1e-2))
    assert found.bleu[0] > 95.0
    params = found.trained[0]
    source, target = text.train[0]
    ids = torch.tensor([text.source.encode(source, eos=True)])
    state = encode_source(ids, [ids.shape[1]], params.encoder)
    words = greedy_decode(decoder_of(decode_step, params), state, torch.tensor([BOS]), EOS, 20)
    assert text.target.decode(words[0].tolist()) == target


@pytest.mark.parametrize("run", [HEADLINES, TRANSLATION, TRANSLATOR], ids=lambda run: type(run).__name__)
def test_a_recorded_run_is_whole_and_drawn(run):
    assert run.seeds == (0, 1, 2)
    assert run.holds
    assert all(np.all(np.isfinite(numbers)) and len(numbers) == 3 for numbers in run.quantities().values())
    assert run.seconds > 0
    run.figure().canvas.draw()
