"""From scores to sequences: decoders, search, sampling, CTC."""

from rnncore.functional.decoding.beam_search import Hypothesis, beam_search
from rnncore.functional.decoding.caption import CaptionParams, caption_start, caption_step
from rnncore.functional.decoding.ctc import BLANK, CTCLattice, ctc_forward, ctc_loss, ctc_places
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
from rnncore.functional.decoding.seq2seq import (
    DecoderParams,
    DecoderState,
    EncoderParams,
    Seq2SeqParams,
    decode_step,
    encode_source,
    init_seq2seq_params,
    teacher_forced_loss,
)

__all__ = [
    "BLANK",
    "CTCLattice",
    "CaptionParams",
    "Decoder",
    "DecoderParams",
    "DecoderState",
    "EncoderParams",
    "Hypothesis",
    "Seq2SeqParams",
    "beam_search",
    "caption_start",
    "caption_step",
    "ctc_beam",
    "ctc_collapse",
    "ctc_forward",
    "ctc_greedy",
    "ctc_loss",
    "ctc_places",
    "decode_step",
    "draw",
    "encode_source",
    "greedy_decode",
    "init_seq2seq_params",
    "keep_nucleus",
    "keep_top_k",
    "next_log_probs",
    "rank_tokens",
    "require_scores",
    "rule_out",
    "sample",
    "sentence_logprob",
    "teacher_forced_loss",
    "with_temperature",
]
