"""Answers to `count_params`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def sizes_of_arrays(D, H, K):
    return sum(np.zeros(shape).size for shape in ((D, H), (H, H), (H,), (H, K), (K,)))


@answers.is_right
def factored(D, H, K):
    return (D + H + 1) * H + (H + 1) * K


@answers.is_wrong("without_biases")
def no_biases(D, H, K):
    return D * H + H * H + H * K


@answers.is_wrong("two_biases")
def two_biases_in_the_cell(D, H, K):
    return D * H + H * H + 2 * H + H * K + K


@answers.is_wrong("without_readout")
def readout_left_out(D, H, K):
    return D * H + H * H + H


@answers.is_wrong("without_readout_bias")
def bias_of_the_readout_missing(D, H, K):
    return D * H + H * H + H + H * K


@answers.is_wrong("without_recurrence")
def state_weights_missing(D, H, K):
    return D * H + H + H * K + K


@answers.is_wrong("bias_for_each_input")
def bias_for_each_input(D, H, K):
    return D * H + H * H + D + H * K + K


@answers.is_wrong("dtype")
def a_float(D, H, K):
    return float(D * H + H * H + H + H * K + K)


@answers.is_wrong("nothing")
def printed(D, H, K):
    print(D * H + H * H + H + H * K + K)
