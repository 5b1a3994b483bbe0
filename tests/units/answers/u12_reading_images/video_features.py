"""Answers to `video_features`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def film_by_film(describe, films):
    return np.stack([np.asarray(describe(film)) for film in films])


@answers.is_right
def step_by_step(describe, films):
    return np.stack([np.asarray(describe(films[:, t])) for t in range(films.shape[1])], axis=1)


@answers.is_right
def picture_by_picture(describe, films):
    return np.array([[np.asarray(describe(picture[None]))[0] for picture in film] for film in films])


@answers.is_wrong("taken_up_in_another_order")
def scattered(describe, films):
    B, T, *picture = films.shape
    vectors = np.asarray(describe(films.reshape(-1, *picture)))
    return np.transpose(vectors.reshape(T, B, -1), (1, 0, 2))


@answers.is_wrong("laid_down_in_another_order")
def laid_by_steps(describe, films):
    B, T, *picture = films.shape
    vectors = np.asarray(describe(np.swapaxes(films, 0, 1).reshape(-1, *picture)))
    return vectors.reshape(B, T, -1)


@answers.is_wrong("mean_of_the_features")
def averaged(describe, films):
    return film_by_film(describe, films).mean(axis=1)


@answers.is_wrong("not_taken_apart")
def all_in_one(describe, films):
    return np.asarray(describe(np.concatenate(list(films))))


@answers.is_wrong("steps_before_films")
def time_first(describe, films):
    return np.stack([np.asarray(describe(films[:, t])) for t in range(films.shape[1])])


@answers.is_wrong("last_picture_alone")
def only_the_end(describe, films):
    return np.asarray(describe(films[:, -1]))


@answers.is_wrong("film_backwards")
def backwards(describe, films):
    return film_by_film(describe, films[:, ::-1])


@answers.is_wrong()
def standardised(describe, films):
    features = film_by_film(describe, films)
    return (features - features.mean()) / features.std()
