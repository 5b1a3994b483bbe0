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
    """Precision, recall and F1 for one class.

        precision = TP / (TP + FP)   recall = TP / (TP + FN)   F1 = 2 TP / (2 TP + FP + FN)

    TP counts the entries that are of the class and are predicted as it, FP those that are only
    predicted as it, FN those that only are of it. Take padding out beforehand: `predicted[mask]`,
    `actual[mask]`.

    Args:
        predicted: the classes that were predicted, whole numbers in an array of any shape.
        actual: the right classes, of the same shape.
        positive: the class that is looked for.

    Returns:
        `PrecisionRecallF1`, three floats; 0 where a denominator is 0.

    Raises:
        ValueError: if the shapes differ.

    Reference: van Rijsbergen, Information Retrieval, 2nd edition (1979), chapter 7.
    """
    require_shape("predicted", predicted, tuple(actual.shape))
    xp = array_namespace(predicted)
    predicted_positive, actual_positive = predicted == positive, actual == positive

    def count(where: Array) -> int:
        return int(xp.sum(xp.astype(where, xp.int64)))

    found = count(predicted_positive & actual_positive)
    n_predicted, n_actual = count(predicted_positive), count(actual_positive)
    return PrecisionRecallF1(
        precision=found / n_predicted if n_predicted else 0.0,
        recall=found / n_actual if n_actual else 0.0,
        f1=2.0 * found / (n_predicted + n_actual) if n_predicted + n_actual else 0.0,
    )
