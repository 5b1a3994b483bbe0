"""How good a classifier is at one class."""

from typing import NamedTuple

from jaxtyping import Int

from rnncore.functional.base.arrays import Array, array_namespace, require_shape


class PrecisionRecallF1(NamedTuple):
    """Three numbers from 0 to 1."""

    precision: float
    recall: float
    f1: float


def precision_recall_f1(
    predicted: Int[Array, "*shape"], actual: Int[Array, "*shape"], positive: int
) -> PrecisionRecallF1:
    """Of what was called positive, how much is; of what is positive, how much was found.

        precision = TP / (TP + FP)   recall = TP / (TP + FN)   F1 = 2 TP / (2 TP + FP + FN)

    Take padding out beforehand: `predicted[mask]`, `actual[mask]`.

    Args:
        predicted: the classes that were predicted, of any shape.
        actual: the right classes, of the same shape.
        positive: the class that is looked for.

    Returns:
        `PrecisionRecallF1`; 0 where a denominator is 0.

    Raises:
        ValueError: if the shapes differ.

    Reference: van Rijsbergen, Information Retrieval, 2nd edition (1979), chapter 7.
    """
    require_shape("predicted", predicted, tuple(actual.shape))
    xp = array_namespace(predicted)
    called, are = predicted == positive, actual == positive

    def count(where: Array) -> int:
        return int(xp.sum(xp.astype(where, xp.int64)))

    true_positives, n_called, n_are = count(called & are), count(called), count(are)
    return PrecisionRecallF1(
        precision=true_positives / n_called if n_called else 0.0,
        recall=true_positives / n_are if n_are else 0.0,
        f1=2.0 * true_positives / (n_called + n_are) if n_called + n_are else 0.0,
    )
