"""From scores to sequences: decoders, search, sampling, CTC."""

from rnncore.functional.decoding.beam_search import Hypothesis, beam_search
from rnncore.functional.decoding.caption import CaptionParams, caption_start, caption_step
from rnncore.functional.decoding.ctc import BLANK, CTCLattice, ctc_forward, ctc_loss
from rnncore.functional.decoding.ctc_decoding import ctc_beam, ctc_collapse, ctc_greedy
from rnncore.functional.decoding.decoder import (
    Decoder,
    next_log_probs,
    require_scores,
    sentence_logprob,
)
from rnncore.functional.decoding.greedy import greedy_decode
from rnncore.functional.decoding.sampling import (
    draw,
    keep_nucleus,
    keep_top_k,
    rank_tokens,
    rule_out,
    sample,
    with_temperature,
)

__all__ = [
    "BLANK",
    "CTCLattice",
    "CaptionParams",
    "Decoder",
    "Hypothesis",
    "beam_search",
    "caption_start",
    "caption_step",
    "ctc_beam",
    "ctc_collapse",
    "ctc_forward",
    "ctc_greedy",
    "ctc_loss",
    "draw",
    "greedy_decode",
    "keep_nucleus",
    "keep_top_k",
    "next_log_probs",
    "rank_tokens",
    "require_scores",
    "rule_out",
    "sample",
    "sentence_logprob",
    "with_temperature",
]
