"""Run the experiments, print what each found, and draw it: `python -m rnncore.experiments`."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from rnncore.experiments.adding import measure_adding
from rnncore.experiments.agreement import measure_agreement
from rnncore.experiments.arithmetic import measure_arithmetic
from rnncore.experiments.captions import measure_captions
from rnncore.experiments.cell_path import measure_cell_path
from rnncore.experiments.chorales import measure_chorales
from rnncore.experiments.chunker import measure_chunker
from rnncore.experiments.clipping import measure_clipping
from rnncore.experiments.delay_taps import measure_delay_taps
from rnncore.experiments.depth import measure_depth
from rnncore.experiments.digit_sequences import measure_digit_sequences
from rnncore.experiments.digit_strips import measure_digit_strips
from rnncore.experiments.finding import Finding
from rnncore.experiments.forecasting import measure_forecasting
from rnncore.experiments.forget_bias import measure_forget_bias
from rnncore.experiments.gradient_errors import measure_gradient_errors
from rnncore.experiments.gradient_lag import measure_gradient_lag
from rnncore.experiments.headlines import measure_headlines
from rnncore.experiments.hopfield_capacity import measure_hopfield_capacity
from rnncore.experiments.leakage import measure_leakage
from rnncore.experiments.moving_shapes import measure_moving_shapes
from rnncore.experiments.negation import measure_negation
from rnncore.experiments.ngram_memory import measure_ngram_memory
from rnncore.experiments.odyssey import measure_odyssey
from rnncore.experiments.random_walks import measure_random_walks
from rnncore.experiments.reversal import measure_reversal
from rnncore.experiments.scan_speed import measure_scan_speed
from rnncore.experiments.shakespeare import measure_shakespeare
from rnncore.experiments.surnames import measure_surnames
from rnncore.experiments.teddy import measure_teddy
from rnncore.experiments.temporal_xor import measure_temporal_xor
from rnncore.experiments.tones import measure_tones
from rnncore.experiments.translation import measure_translation
from rnncore.experiments.truncation import measure_truncation
from rnncore.experiments.waveform import measure_waveform
from rnncore.experiments.word_order import measure_word_order
from rnncore.functional.base import linear_recurrence
from rnncore.functional.cells import (
    clockwork_step,
    lstm_step,
    lstm_step_backward,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import (
    backpropagate,
    clip_by_norm,
    gradient_check,
    jacobian_norms,
    truncated_bptt,
)
from rnncore.functional.memory import chunk, hopfield_train, recall, surprises
from rnncore.functional.metrics import mase
from rnncore.functional.sequence import bidirectional, lstm_forward, readout, tree_rnn, unroll
from rnncore.functional.weights import identity_init, set_forget_bias
from rnncore.tasks.adding_problem import adding_problem
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.forecasts import fit_ar, seasonal_naive
from rnncore.tasks.ngram import fit_ngram
from rnncore.tasks.vocab import build_vocab, encode, tokenize
from rnncore.tasks.windows import make_windows, train_only_scaler

EXPERIMENTS: dict[str, Callable[[], Finding]] = {
    "delay_taps": lambda: measure_delay_taps(fit_ar, make_windows),
    "word_order": lambda: measure_word_order(tokenize, build_vocab, encode, pad_batch),
    "temporal_xor": lambda: measure_temporal_xor(rnn_step, unroll, readout),
    "gradient_errors": lambda: measure_gradient_errors(
        rnn_step_backward, backpropagate, gradient_check
    ),
    "truncation": lambda: measure_truncation(rnn_step_backward, backpropagate, truncated_bptt),
    "gradient_lag": lambda: measure_gradient_lag(jacobian_norms, rnn_step_backward),
    "adding": lambda: measure_adding(adding_problem),
    "clipping": lambda: measure_clipping(clip_by_norm, identity_init),
    "cell_path": lambda: measure_cell_path(
        lstm_step, lstm_step_backward, set_forget_bias, rnn_step, rnn_step_backward
    ),
    "forget_bias": lambda: measure_forget_bias(set_forget_bias),
    "agreement": lambda: measure_agreement(rnn_step, unroll, lstm_forward, set_forget_bias),
    "odyssey": measure_odyssey,
    "waveform": lambda: measure_waveform(clockwork_step),
    "teddy": lambda: measure_teddy(bidirectional),
    "depth": measure_depth,
    "arithmetic": lambda: measure_arithmetic(tree_rnn),
    "negation": measure_negation,
    "digit_sequences": measure_digit_sequences,
    "ngram_memory": lambda: measure_ngram_memory(fit_ngram),
    "reversal": measure_reversal,
    "headlines": measure_headlines,
    "forecasting": lambda: measure_forecasting(
        train_only_scaler, make_windows, seasonal_naive, mase
    ),
    "leakage": lambda: measure_leakage(make_windows),
    "random_walks": lambda: measure_random_walks(fit_ar, make_windows),
    "digit_strips": measure_digit_strips,
    "captions": measure_captions,
    "tones": measure_tones,
    "moving_shapes": measure_moving_shapes,
    "hopfield_capacity": lambda: measure_hopfield_capacity(hopfield_train, recall),
    "chunker": lambda: measure_chunker(surprises, chunk),
    "scan_speed": lambda: measure_scan_speed(linear_recurrence),
    "shakespeare": measure_shakespeare,
    "chorales": measure_chorales,
    "surnames": measure_surnames,
    "translation": measure_translation,
}
"""Each experiment by its name, with the package's own functions and three seeds."""


def run(
    folder: Path, only: str = "", experiments: dict[str, Callable[[], Finding]] = EXPERIMENTS
) -> dict[str, str]:
    """Run experiments one after the other.

    Args:
        folder: where the figures go, `NAME.png`.
        only: a regular expression; only the experiments in whose names it is found are run.
        experiments: what there is.

    Returns:
        For each experiment: `"holds"`, `"does not hold"`, or `"not run: ..."` where its data cannot
        be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    verdicts = {}
    for name, measure in experiments.items():
        if not re.search(only, name):
            continue
        try:
            found = measure()
        except OSError as error:
            verdicts[name] = f"not run: {error}"
        else:
            verdicts[name] = "holds" if found.holds else "does not hold"
            print(f"\n{name}\n{found}", flush=True)
            found.figure().savefig(folder / f"{name}.png", dpi=120)
    print()
    for name, verdict in verdicts.items():
        print(f"{name:14s} {verdict}")
    return verdicts


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rnncore.experiments", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a regular expression for names")
    parser.add_argument("--figures", type=Path, default=Path("build/experiments"))
    arguments = parser.parse_args()
    run(arguments.figures, arguments.only)


if __name__ == "__main__":
    _main()
