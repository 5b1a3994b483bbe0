"""Exercise `conv-to-sequence`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from rnncore.functional.sequence import conv_to_sequence

exercise = Exercise("conv-to-sequence", "From maps to steps", conv_to_sequence)

_NAME = "the columns"


def _columns(maps: np.ndarray) -> np.ndarray:
    """The oracle: entry by entry."""
    B, C, H, W = maps.shape
    want = np.zeros((B, W, C * H))
    for b, c, h, w in np.ndindex(B, C, H, W):
        want[b, w, c * H + h] = maps[b, c, h, w]
    return want


def _compare(student: StudentFunction, rng: np.random.Generator, hint: str, *sizes: int) -> None:
    maps = rng.normal(size=sizes)
    expect_same(student(maps), _columns(maps), _NAME, hint)


@exercise.check("one map: its columns from left to right", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B in (1, 2):
        _compare(student, rng, "Step t is column t of the map, from top to bottom.", B, 1, 3, 4)


@exercise.check("several maps: a step has a column of each", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    hint = "Within a step the first map's column comes first, then the second's, and so on."
    for sizes in ((2, 3, 4, 5), (3, 2, 2, 2), (1, 3, 2, 4)):
        _compare(student, rng, hint, *sizes)


@exercise.check("one map of one row", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _compare(student, rng, "Then a step is a single number, and still an axis.", 2, 1, 1, 4)


@exercise.check("maps of one column, and several of one row", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 3, 4, 1), (2, 3, 1, 4)):
        _compare(student, rng, "(B, W, C H), whatever the sizes.", *sizes)


exercise.leaves_inputs(0.5)


@exercise.mistake(
    "You reshape without moving axes first. The shape is right, but reshape keeps the order in memory, "
    "so your steps are cut across rows and maps. Put the axis of the width in its place first."
)
def reshapes_alone(maps):
    B, C, H, W = maps.shape
    return maps.reshape(B, W, C * H)


@exercise.mistake(
    "Your steps are the rows of the maps, from top to bottom. A line is read from left to right: the steps are columns."
)
def rows_for_columns(maps):
    B, C, H, W = maps.shape
    return maps.transpose(0, 2, 1, 3).reshape(B, H, C * W)


@exercise.mistake(
    "In your steps the maps alternate: row 1 of every map, then row 2. Each map's column stays together: first all of "
    "map 1, from top to bottom."
)
def rows_before_maps(maps):
    B, C, H, W = maps.shape
    return maps.transpose(0, 3, 2, 1).reshape(B, W, C * H)


@exercise.mistake("Your sequence runs from right to left. The first step is the leftmost column.")
def right_to_left(maps):
    return _columns(maps)[:, ::-1]


@exercise.mistake("Your steps come before the batch. The order is (B, W, C H): images first, then steps.")
def steps_before_batch(maps):
    return _columns(maps).transpose(1, 0, 2)


@exercise.mistake(
    "You join maps and rows, but the width stands last still. The steps are the second axis: (B, W, C H)."
)
def width_last(maps):
    B, C, H, W = maps.shape
    return maps.reshape(B, C * H, W)


@exercise.mistake("You take the first map alone. A step has the columns of all maps.")
def first_map_alone(maps):
    return maps[:, 0].transpose(0, 2, 1)


@exercise.mistake(
    "You average over the height. Then a step does not know any more what was at the top and what at the bottom."
)
def averages_the_height(maps):
    return maps.mean(axis=2).transpose(0, 2, 1)


@exercise.mistake("You average over the maps. Each map has found something else: keep them side by side.")
def averages_the_maps(maps):
    return maps.mean(axis=1).transpose(0, 2, 1)


@exercise.mistake("You add up the maps. Each map has found something else: keep them side by side.")
def adds_the_maps(maps):
    return maps.sum(axis=1).transpose(0, 2, 1)


@exercise.mistake("Your result is one vector for each image: the steps are lost. Keep the width as an axis.")
def one_vector_an_image(maps):
    return maps.reshape(len(maps), -1)


@exercise.mistake("Your columns stand upside down. Each goes from top to bottom, as in the map.")
def upside_down(maps):
    return _columns(maps[:, :, ::-1])


@exercise.mistake("Your maps stand in the reverse order within a step. The first map comes first.")
def last_map_first(maps):
    return _columns(maps[:, ::-1])


@exercise.mistake("You keep four axes: (B, W, C, H). What a step holds is one vector, so the last two become one axis.")
def four_axes(maps):
    return maps.transpose(0, 3, 1, 2)


@exercise.mistake(
    "You keep the greatest number of each column. Then a step does not know any more what was at the top and what at "
    "the bottom."
)
def greatest_of_the_height(maps):
    return maps.max(axis=2).transpose(0, 2, 1)
