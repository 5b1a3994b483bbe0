"""Answers to `conv_to_sequence`."""

import numpy as np
import torch

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def column_by_column(maps):
    return np.stack([maps[:, :, :, t].reshape(len(maps), -1) for t in range(maps.shape[3])], axis=1)


@answers.is_right
def with_torch(maps):
    return torch.from_numpy(np.array(maps)).permute(0, 3, 1, 2).flatten(2).numpy()


@answers.is_right
def with_einsum(maps):
    B, C, H, W = maps.shape
    return np.einsum("bchw->bwch", maps).reshape(B, W, C * H)


@answers.is_wrong("reshapes_alone")
def reshaped(maps):
    B, C, H, W = maps.shape
    return np.reshape(maps, (B, W, H * C))


@answers.is_wrong("rows_before_maps")
def swapped(maps):
    B, C, H, W = maps.shape
    return np.swapaxes(maps, 1, 3).reshape(B, W, H * C)


@answers.is_wrong("rows_for_columns")
def rows(maps):
    return np.stack([maps[:, :, h].reshape(len(maps), -1) for h in range(maps.shape[2])], axis=1)


@answers.is_wrong("width_last")
def maps_and_rows_joined(maps):
    return maps.reshape(maps.shape[0], -1, maps.shape[3])


@answers.is_wrong("four_axes")
def not_joined(maps):
    return np.moveaxis(maps, 3, 1)


@answers.is_wrong("right_to_left")
def from_the_right(maps):
    return column_by_column(maps)[:, ::-1, :]


@answers.is_wrong("averages_the_height")
def pooled_over_rows(maps):
    return np.swapaxes(np.mean(maps, 2), 1, 2)


@answers.is_wrong("greatest_of_the_height")
def greatest_over_rows(maps):
    return np.swapaxes(np.max(maps, 2), 1, 2)


@answers.is_wrong("right, but in other places")
def steps_sorted(maps):
    return np.sort(column_by_column(maps), axis=2)


@answers.is_wrong("in_place")
def mirrors_its_argument(maps):
    result = column_by_column(maps).copy()
    maps[...] = maps[..., ::-1].copy()
    return result
