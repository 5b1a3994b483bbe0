"""From probabilities to alarms."""

from jaxtyping import Bool, Int

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def choose_threshold(probabilities: Float[Array, "N"], labels: Int[Array, "N"]) -> float:
    """The threshold with the best F1: predict 1 where the probability is at least so high.

        t* = argmax_t F1(1[p ≥ t], labels),   t among the probabilities themselves

    Of several thresholds with the same F1 the highest is taken: it raises the fewest alarms.

    Args:
        probabilities: how probable class 1 is, (N,), of N examples that were not trained on.
        labels: what they are, (N,), 1 or 0.

    Returns:
        The threshold, one of the probabilities, a float.

    Raises:
        ValueError: if the shapes differ, or no label is 1.

    Reference: Lipton, Elkan and Naryanaswamy, Optimal Thresholding of Classifiers to Maximize F1
        Measure (2014), doi:10.1007/978-3-662-44851-9_15.
    """
    require_shape("labels", labels, tuple(probabilities.shape))
    xp = array_namespace(probabilities)
    positive = labels == 1
    n_positive = int(xp.sum(xp.astype(positive, xp.int64)))
    if n_positive == 0:
        raise ValueError("labels must have a 1 at least; got none")

    def f1(alarms: Bool[Array, "N"]) -> float:
        found = int(xp.sum(xp.astype(alarms & positive, xp.int64)))
        return 2.0 * found / (int(xp.sum(xp.astype(alarms, xp.int64))) + n_positive)

    thresholds = [float(p) for p in xp.unique_values(probabilities)]
    return max(thresholds, key=lambda t: (f1(probabilities >= t), t))
