"""Metrics: BLEU, perplexity, MASE, precision and recall, thresholds."""

from rnncore.functional.metrics.bleu import bleu
from rnncore.functional.metrics.mase import mase
from rnncore.functional.metrics.perplexity import bits_per_character, perplexity
from rnncore.functional.metrics.precision_recall import PrecisionRecallF1, precision_recall_f1
from rnncore.functional.metrics.threshold import choose_threshold

__all__ = [
    "PrecisionRecallF1",
    "bits_per_character",
    "bleu",
    "choose_threshold",
    "mase",
    "perplexity",
    "precision_recall_f1",
]
