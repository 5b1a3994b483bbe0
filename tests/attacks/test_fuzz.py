"""Mutants of real notebooks and of real messages. Oracle: of a notebook comes one in the shape of the assignment, or a
reason; of a message an answer, or one of the exceptions that say that there is none."""

import json
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.checking.comparing import differences
from autograder.checking.exercise import message_for_student
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.job import notebook_as_text
from autograder.grading.rebuild import grade_id, rebuild
from autograder.grading.trusted import Notebook
from autograder.intake.reading import read_submission
from autograder.sandbox.guest import wire
from autograder.sandbox.session import Ended, Session, StudentError
from autograder.sandbox.starting import Zygote
from autograder.sandbox.walls import Limits
from rnncore.functional.cells import LSTMState
from tests.attacks.fuzzing import EXAMPLES, mutated

many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def release(released: Path) -> nbformat.NotebookNode:
    return nbformat.read(ClassFolder(released).release_notebook(UNIT), as_version=4)


@pytest.fixture(scope="module")
def real(released: Path) -> Any:
    """A submission of which every part is there, as JSON."""
    homework = Homework(ClassFolder(released).release_notebook(UNIT), solved=True)
    homework.nb.cells.append(
        nbformat.v4.new_code_cell("print(1)", outputs=[nbformat.v4.new_output("stream", text="1")])
    )
    return json.loads(json.dumps(homework.nb))


@given(data=st.data())
@many
def test_a_mutated_notebook_is_rebuilt_or_refused(data, real, release, tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(data.draw(mutated(real))))
    read = read_submission(path, release)
    taken = nbformat.reads(nbformat.writes(read), as_version=4)
    rebuilt = rebuild(taken, release)
    nbformat.validate(rebuilt)
    names = [grade_id(cell) for cell in rebuilt.cells if grade_id(cell)]
    assert names == [grade_id(cell) for cell in release.cells if grade_id(cell)]
    notebook_as_text(rebuilt)


@given(data=st.data())
@many
def test_a_mutated_notebook_that_lies_where_nbgrader_reads_is_rebuilt(data, real, release):
    """Past the intake nbgrader reads it by itself, and refuses what is no notebook."""
    text = json.dumps(data.draw(mutated(real)))
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception:  # what nbformat stumbles upon has no common kind
        return
    rebuilt = rebuild(notebook, release)
    assert [grade_id(c) for c in rebuilt.cells if grade_id(c)] == [grade_id(c) for c in release.cells if grade_id(c)]
    notebook_as_text(rebuilt)


def framed(value: Any, callbacks: bool = False) -> Any:
    """What a student's process sends: the frame as JSON, and its buffers."""
    encoder = wire.Encoder((lambda function: 0) if callbacks else None)
    form = encoder.encode(value)
    return {"form": form, "sizes": [len(b) for b in encoder.buffers]}, b"".join(encoder.buffers)


STATE = LSTMState(np.ones((2, 3)), np.zeros((2, 3)))
MESSAGES = {
    "outputs": framed(
        {
            "ok": True,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "hello"},
                {"output_type": "execute_result", "data": {"text/plain": "4", "text/html": "<b>4</b>"}, "metadata": {}},
                {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": ["a", "b"]},
            ],
        }
    ),
    "a result": framed({"result": (STATE, [np.arange(3), {"a": 1.5, "b": None}], "text"), "mutated": ["0.h"]}),
    "an error": framed({"error": "ValueError", "message": "x must be (B, D)"}),
    "a question": framed({"callback": 0, "args": (np.ones(3), 2, STATE), "kwargs": {"n": 3}}),
}


def answered(raw: bytes) -> tuple[Session, threading.Thread]:
    """A session whose student's process has sent something, and closes."""
    ours, theirs = socket.socketpair()
    session = object.__new__(Session)
    session.limits = Limits(cell_seconds=5.0, call_seconds=5.0)
    session._sock, session._ended_because, session._alone, session._watched = ours, "", False, True
    control, other = socket.socketpair()  # says nothing
    other.close()
    session._zygote = Zygote(control, psutil.Process())
    session._deadline, session.orphaned = time.monotonic() + 30.0, False

    def send() -> None:
        with theirs:
            try:
                theirs.sendall(raw)
                theirs.shutdown(socket.SHUT_WR)
                while theirs.recv(2**16):
                    pass
            except OSError:
                pass

    thread = threading.Thread(target=send)
    thread.start()
    return session, thread


@given(data=st.data(), name=st.sampled_from(sorted(MESSAGES)), call=st.booleans(), cut=st.integers(0, 50))
@many
def test_a_mutated_message_is_an_answer_or_a_named_exception(data, name, call, cut):
    frame, payload = MESSAGES[name]
    text = json.dumps(data.draw(mutated(frame, most=3))).encode()
    payload = payload if cut > 3 else payload[cut:]
    sizes = (len(text), len(payload)) if cut != 50 else (len(payload), len(text))
    session, thread = answered(struct.pack(">II", *sizes) + text + payload)
    try:
        if call:
            result = session.call("f", (lambda *args, **kwargs: 0, STATE), {}, {"g": lambda *args, **kwargs: STATE})
            for want in (STATE, (STATE, None), [STATE], 1.0, {"a": 1}, None, True, "x"):
                assert all(isinstance(text, str) for text in differences(result.result, want, "the result"))
        else:
            outputs = Notebook(session).run("1")
            cell = nbformat.v4.new_code_cell("1", outputs=outputs)
            nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode(errors="replace")
    except (Ended, StudentError, NotImplementedError) as error:
        message_for_student(error)
    finally:
        if session._sock is not None:
            session._sock.close()
        session._zygote.control.close()
        thread.join()
