"""Answers to `train_only_scaler`."""

import numpy as np
import torch

from rnncore.tasks.scaling import Scaler
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def feature_by_feature(series, n_train):
    mean, std = [], []
    for f in range(series.shape[1]):
        column = series[:n_train, f]
        mean.append(sum(column) / n_train)
        spread = (sum((x - mean[-1]) ** 2 for x in column) / n_train) ** 0.5
        std.append(1.0 if column.max() == column.min() else spread)
    return Scaler(np.array(mean), np.array(std))


@answers.is_right
def with_torch(series, n_train):
    known = torch.from_numpy(series)[:n_train]
    std = known.std(dim=0, correction=0)
    std[(known == known[0]).all(dim=0)] = 1.0
    return known.mean(dim=0).numpy(), std.numpy()


@answers.is_right
def by_moments(series, n_train):
    weights = np.full(n_train, 1.0 / n_train)
    mean = np.einsum("n,nf->f", weights, series[:n_train])
    std = np.sqrt(np.einsum("n,nf->f", weights, (series[:n_train] - mean) ** 2))
    std[np.ptp(series[:n_train], axis=0) == 0] = 1
    return Scaler(mean, std)


@answers.is_wrong("whole_series")
def of_everything(series, n_train):
    std = np.std(series, axis=0)
    std[std == 0] = 1
    return Scaler(np.mean(series, axis=0), std)


@answers.is_wrong("divided_by_one_less")
def as_torch_does(series, n_train):
    known = torch.tensor(series[:n_train])
    std = known.std(dim=0).numpy()
    return Scaler(known.mean(dim=0).numpy(), np.where(std == 0, 1.0, std))


@answers.is_wrong("zero_left")
def no_thought_of_zero(series, n_train):
    known = series[:n_train]
    return Scaler(known.mean(0), known.std(0))


@answers.is_wrong("zero_left")
def epsilon(series, n_train):
    known = series[:n_train]
    return Scaler(known.mean(0), known.std(0) + 1e-12)


@answers.is_wrong("rounded_spread")
def only_where_it_is_0(series, n_train):
    known = series[:n_train]
    std = known.std(0)
    return Scaler(known.mean(0), np.where(std == 0, 1.0, std))


@answers.is_wrong("all_features_together")
def one_scale_for_all(series, n_train):
    known = series[:n_train].ravel()
    F = series.shape[1]
    return Scaler(np.repeat(known.mean(), F), np.repeat(known.std(), F))


@answers.is_wrong("one_step_too_many")
def training_part_with_its_end(series, n_train):
    known = series[: n_train + 1]
    std = known.std(0)
    return Scaler(known.mean(0), np.where(std == 0, 1.0, std))


@answers.is_wrong("exchanged")
def std_first(series, n_train):
    mean, std = feature_by_feature(series, n_train)
    return std, mean


@answers.is_wrong("in_place")
def scales_on_the_way(series, n_train):
    scaler = feature_by_feature(series, n_train)
    series -= scaler.mean
    return scaler


@answers.is_wrong()
def half_of_the_training_part(series, n_train):
    return feature_by_feature(series, max(n_train // 2, 1))
