"""Exercise `video-features`."""

from collections.abc import Callable

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.sequence import video_features

exercise = Exercise("video-features", "Every picture of every film", video_features)

_NAME = "the features"


def _draw_describe(rng: np.random.Generator, C: int, H: int, W: int, D: int) -> Callable[[np.ndarray], np.ndarray]:
    """Describes pictures (N, C, H, W), each by itself, by vectors (N, D)."""
    weights = rng.normal(size=(C, H, W, D))

    def describe(pictures: np.ndarray) -> np.ndarray:
        pictures = np.asarray(pictures)
        if pictures.ndim != 4 or pictures.shape[1:] != (C, H, W):
            raise CheckFailed(f"describe takes pictures of shape (N, {C}, {H}, {W}); it was handed {pictures.shape}")
        return np.tanh(np.einsum("nchw,chwd->nd", pictures, weights))

    return describe


def _compare(student: StudentFunction, rng: np.random.Generator, hint: str, *sizes: int, D: int = 3) -> None:
    B, T, C, H, W = sizes
    films, describe = rng.normal(size=sizes), _draw_describe(rng, C, H, W, D)
    want = np.stack([[describe(films[b, t][None])[0] for t in range(T)] for b in range(B)])
    expect_same(student(describe, films), want, _NAME, hint)


@exercise.check("the pictures of one film, in their order", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _compare(student, rng, "A vector for each picture: (B, T, D).", 1, 4, 2, 3, 2)


@exercise.check("several films: whose picture is whose", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 4, 2, 3, 5), (2, 2, 1, 2, 2)):
        _compare(student, rng, "The pictures of a film stay together.", *sizes)
    _compare(student, rng, "A vector of one number is a vector: (B, T, D).", 2, 3, 2, 2, 3, D=1)


@exercise.check("films of a single picture", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B in (1, 3):
        _compare(student, rng, "There are three axes, even if there is one picture.", B, 1, 2, 2, 3)


exercise.leaves_inputs(0.5)


def _described(describe, films, turn=lambda xs: xs, back=lambda vectors: vectors):
    """Each picture by itself; `turn` changes the films before, `back` the vectors (B, T, D) after."""
    films = turn(np.asarray(films))
    B, T = films.shape[:2]
    vectors = np.asarray(describe(films.reshape(B * T, *films.shape[2:])))
    return back(vectors.reshape(B, T, -1))


@exercise.mistake(
    "You put films and pictures in the wrong order when you take them apart again: the pictures of one film are "
    "scattered over several. What was laid down film by film is taken up film by film."
)
def taken_up_in_another_order(describe, films):
    B, T = np.shape(films)[:2]
    vectors = np.asarray(describe(np.reshape(films, (B * T, *np.shape(films)[2:]))))
    return vectors.reshape(T, B, -1).swapaxes(0, 1)


exercise.knob(
    _described,
    "mean_of_the_features",
    "You average over the pictures of a film. Then nothing is left of their order, and the network has no sequence.",
    back=lambda vectors: vectors.mean(axis=1),
)

exercise.knob(
    _described,
    "greatest_of_the_features",
    "You keep the greatest of each feature over a film. Then nothing is left of the order of its pictures, and the "
    "network has no sequence.",
    back=lambda vectors: vectors.max(axis=1),
)

exercise.knob(
    _described,
    "mean_of_the_pictures",
    "You describe the mean of a film's pictures. Each picture is described by itself.",
    turn=lambda films: films.mean(axis=1, keepdims=True),
    back=lambda vectors: vectors[:, 0],
)

exercise.knob(
    _described,
    "first_picture_alone",
    "You describe the first picture alone. A film has T of them.",
    back=lambda vectors: vectors[:, 0],
)

exercise.knob(
    _described,
    "last_picture_alone",
    "You describe the last picture alone. A film has T of them.",
    back=lambda vectors: vectors[:, -1],
)

exercise.knob(
    _described,
    "film_backwards",
    "Your films run backwards. The first vector is that of the first picture.",
    turn=lambda films: films[:, ::-1],
)

exercise.knob(
    _described,
    "not_taken_apart",
    "Your result has no axis for the films: (B T, D). Give it back its axes B and T.",
    back=lambda vectors: vectors.reshape(-1, vectors.shape[2]),
)

exercise.knob(
    _described,
    "steps_before_films",
    "Your result has the steps first. The order is (B, T, D).",
    back=lambda vectors: vectors.swapaxes(0, 1),
)

exercise.knob(
    _described,
    "one_vector_a_film",
    "You put the features of all pictures of a film side by side in one vector. The network reads them step by step: "
    "keep the axis of the steps.",
    back=lambda vectors: vectors.reshape(len(vectors), -1),
)

exercise.knob(
    _described,
    "same_picture_again",
    "All steps of a film have the features of its first picture.",
    back=lambda vectors: np.repeat(vectors[:, :1], vectors.shape[1], axis=1),
)

exercise.knob(
    _described,
    "first_film_for_all",
    "All films have the features of the first. Look at the axis of the batch.",
    back=lambda vectors: np.repeat(vectors[:1], len(vectors), axis=0),
)

exercise.knob(
    _described,
    "features_added_up",
    "You add up the features along the film. Each step has those of its own picture.",
    back=lambda vectors: np.cumsum(vectors, axis=1),
)

exercise.knob(
    _described,
    "changes_described",
    "Your steps hold what changes from picture to picture. Describe the pictures themselves; what changes is for the "
    "network to find out.",
    turn=lambda films: np.diff(films, axis=1, prepend=films[:, :1]),
)


@exercise.mistake(
    "You lay the pictures down step by step and take them up film by film, so that films are mixed. Keep one order."
)
def laid_down_in_another_order(describe, films):
    B, T = np.shape(films)[:2]
    pictures = np.swapaxes(films, 0, 1).reshape(B * T, *np.shape(films)[2:])
    return np.asarray(describe(pictures)).reshape(B, T, -1)


exercise.knob(
    _described,
    "mean_of_the_pictures_at_each_step",
    "You describe the mean of a film's pictures, and repeat it at each step. Each step has its own picture.",
    turn=lambda films: np.broadcast_to(films.mean(axis=1, keepdims=True), films.shape),
)
