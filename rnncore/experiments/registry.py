"""All experiments by name, with the package's own functions to call them with."""

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import rnncore.experiments
from rnncore.experiments.finding import Finding
from rnncore.nn.fastest import kernels_by_rule

P = ParamSpec("P")
F = TypeVar("F", bound=Finding)


@dataclass(frozen=True)
class Experiment:
    """An experiment, and the functions of rnncore in place of those that a notebook gives."""

    name: str
    measure: Callable[..., Finding]
    own: tuple[Callable[..., Any], ...]

    def __call__(self, **options: Any) -> Finding:
        """Run the experiment with the package's own functions."""
        return self.measure(*self.own, **options)


_experiments: dict[str, Experiment] = {}


def experiment(name: str, *own: Callable[..., Any]) -> Callable[[Callable[P, F]], Callable[P, F]]:
    """Register a function as an experiment; what it returns then says how long it took.

    It runs with kernels chosen by rule, so that what it finds does not depend on how fast they are
    on a machine.

        @experiment("adding", adding_problem)
        def measure_adding(adding_problem, seeds=(0, 1, 2)): ...

    Args:
        name: the experiment's name.
        own: the package's own functions to call it with, its first arguments.

    Returns:
        A decorator.

    Raises:
        ValueError: if another experiment has the name.
    """

    def register(measure: Callable[P, F]) -> Callable[P, F]:
        @wraps(measure)
        def timed(*args: P.args, **kwargs: P.kwargs) -> F:
            start = time.perf_counter()
            with kernels_by_rule():
                found = measure(*args, **kwargs)
            return replace(found, seconds=time.perf_counter() - start)

        if name in _experiments:
            raise ValueError(f"an experiment is called {name!r} already")
        _experiments[name] = Experiment(name, timed, own)
        return timed

    return register


def all_experiments() -> dict[str, Experiment]:
    """Every experiment of the package, by name, in alphabetical order."""
    for module in pkgutil.iter_modules(rnncore.experiments.__path__):
        if module.name != "__main__":
            importlib.import_module(f"rnncore.experiments.{module.name}")
    return dict(sorted(_experiments.items()))
