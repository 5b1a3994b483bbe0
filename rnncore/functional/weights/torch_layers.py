"""Weights of torch's deep and bidirectional networks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rnncore.functional.base.arrays import Array

_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def layers_from_torch(
    weights: Mapping[str, Array], one_layer: Callable[[Mapping[str, Array]], Any]
) -> list[tuple[Any, ...]]:
    """Read the weights of a `torch.nn.RNN`, `LSTM` or `GRU` of any depth from its `state_dict`.

    torch names the layers l0, l1 ... and adds `_reverse` for the backward cell.

    Args:
        weights: the `state_dict`, with biases.
        one_layer: reads one layer: `rnn_from_torch`, `lstm.from_torch` or `gru_from_torch`.

    Returns:
        For each layer, the weights of the forward cell and, if there is one, the backward cell.

    Raises:
        ValueError: if a weight is missing, or one is there that belongs to no layer.

    Reference: the documentation of torch.nn.LSTM.
    """
    L = sum(name.startswith("weight_ih") and not name.endswith("_reverse") for name in weights)
    both = any(name.endswith("_reverse") for name in weights)
    ends = [[f"_l{l}{way}" for way in ("", "_reverse")[: 1 + both]] for l in range(L)]
    wanted = {name + end for layer in ends for end in layer for name in _NAMES}
    if not wanted or wanted != set(weights):
        odd = sorted(wanted ^ set(weights))
        raise ValueError(f"weights must be those of whole layers; missing or too much: {odd}")
    return [
        tuple(one_layer({f"{name}_l0": weights[name + end] for name in _NAMES}) for end in layer)
        for layer in ends
    ]


def layers_to_torch(
    layers: Sequence[Sequence[Any]], one_layer: Callable[[Any], Mapping[str, Array]]
) -> dict[str, Array]:
    """The weights as a `state_dict` for a `torch.nn.RNN`, `LSTM` or `GRU` of the same depth.

    Args:
        layers: for each layer, the weights of the forward cell and, if there is one, of the
            backward cell.
        one_layer: writes one layer: `rnn_to_torch`, `lstm.to_torch` or `gru_to_torch`.

    Returns:
        The `state_dict`, arrays of the same library as the weights.

    Reference: the documentation of torch.nn.LSTM.
    """
    return {
        name.replace("_l0", f"_l{l}{way}"): array
        for l, layer in enumerate(layers)
        for params, way in zip(layer, ("", "_reverse"), strict=False)
        for name, array in one_layer(params).items()
    }
