"""Cells over whole sequences: unrolling, padding, directions, depth, layouts, trees."""

from rnncore.functional.sequence.bidirectional import bidirectional
from rnncore.functional.sequence.conv_to_sequence import conv_to_sequence
from rnncore.functional.sequence.dropout import dropout_mask
from rnncore.functional.sequence.embedding import embedding_backward, embedding_forward
from rnncore.functional.sequence.layouts import (
    ReadoutParams,
    count_params,
    encoder_decoder,
    init_readout_params,
    many_to_many,
    many_to_one,
    one_to_many,
    readout,
)
from rnncore.functional.sequence.lstm_layer import (
    LSTMTrace,
    diagnose_notes_cell,
    lstm_backward,
    lstm_forward,
    trace,
)
from rnncore.functional.sequence.padding import Lengths, length_mask, reverse_padded, unroll_padded
from rnncore.functional.sequence.pooling import Pooled, last_valid, pool_states
from rnncore.functional.sequence.stacking import Layer, stack_layers
from rnncore.functional.sequence.tree_rnn import Tree, TreeParams, compose, forest_rnn, tree_rnn
from rnncore.functional.sequence.unroll import Step, unroll
from rnncore.functional.sequence.video_features import video_features

__all__ = [
    "LSTMTrace",
    "Layer",
    "Lengths",
    "Pooled",
    "ReadoutParams",
    "Step",
    "Tree",
    "TreeParams",
    "bidirectional",
    "compose",
    "conv_to_sequence",
    "count_params",
    "diagnose_notes_cell",
    "dropout_mask",
    "embedding_backward",
    "embedding_forward",
    "encoder_decoder",
    "forest_rnn",
    "init_readout_params",
    "last_valid",
    "length_mask",
    "lstm_backward",
    "lstm_forward",
    "many_to_many",
    "many_to_one",
    "one_to_many",
    "pool_states",
    "readout",
    "reverse_padded",
    "stack_layers",
    "trace",
    "tree_rnn",
    "unroll",
    "unroll_padded",
    "video_features",
]
