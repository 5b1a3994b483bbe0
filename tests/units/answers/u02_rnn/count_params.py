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


@answers.is_wrong()
def no_biases(D, H, K):
    return D * H + H * H + H * K


@answers.is_wrong()
def two_biases_in_the_cell(D, H, K):
    return D * H + H * H + 2 * H + H * K + K


@answers.is_wrong()
def readout_left_out(D, H, K):
    return D * H + H * H + H


@answers.is_wrong()
def bias_of_the_readout_missing(D, H, K):
    return D * H + H * H + H + H * K


@answers.is_wrong()
def state_weights_missing(D, H, K):
    return D * H + H + H * K + K


@answers.is_wrong()
def bias_for_each_input(D, H, K):
    return D * H + H * H + D + H * K + K


@answers.is_wrong()
def a_float(D, H, K):
    return float(D * H + H * H + H + H * K + K)


@answers.is_wrong()
def printed(D, H, K):
    print(D * H + H * H + H + H * K + K)
