"""Memories: the Hopfield network and history compression."""

from rnncore.functional.memory.history_compression import Surprises, chunk, expand, surprises
from rnncore.functional.memory.hopfield import energy, hopfield_train, recall

__all__ = ["Surprises", "chunk", "energy", "expand", "hopfield_train", "recall", "surprises"]
