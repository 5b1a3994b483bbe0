"""What people look at, in a real browser: the sources in JupyterLab, the formgrader, and a feedback page."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from autograder import PROJECT
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder

_spec = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("pages.py"))
assert _spec is not None
assert _spec.loader is not None
pages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pages)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(pages.CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed"),
]
SCRIPT = "<script>document.title = 'taken over'</script><img src=x onerror=\"document.title = 'taken over'\">"
SHOW_SCRIPT = f"""
from IPython.display import HTML, display
display(HTML({SCRIPT!r}))
print({SCRIPT!r})
raise ValueError({SCRIPT!r})
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> ClassFolder:
    """A class with one graded submission, which tries to run scripts in whoever reads it."""
    course = ClassFolder.create(tmp_path_factory.mktemp("browser") / "class")
    released = course.release(UNIT)
    work = Homework(released / f"{UNIT}.ipynb", solved=True)
    work.append("from-torch", SHOW_SCRIPT).write("lstm-question", SCRIPT)
    work.save(course.submission(UNIT, "mallory"))
    course.grade(UNIT, "mallory")
    course.feedback(UNIT, "mallory")
    return course


def test_a_source_opens_as_a_notebook_with_create_assignment_and_saves_unchanged(tmp_path):
    source = tmp_path / f"{UNIT}.py"
    shutil.copy(PROJECT / "solutions" / UNIT / f"{UNIT}.py", source)
    shutil.copy(PROJECT / "jupytext.toml", tmp_path)
    before = source.read_text()
    with pages.browser() as chromium, pages.jupyter_lab(tmp_path) as url:
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{url}/lab?reset")
        page.wait_for_function("window.jupyterapp && window.jupyterapp.commands", timeout=60_000)
        page.wait_for_selector(".jp-Launcher", timeout=60_000)
        page.evaluate(
            "path => window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Jupytext Notebook'})",
            source.name,
        )
        page.wait_for_selector(".jp-Notebook .jp-MarkdownOutput", timeout=60_000)
        page.get_by_role("tab", name="Create Assignment").click()
        page.wait_for_selector("text=Total points", timeout=30_000)
        opened = source.stat().st_mtime_ns
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_timeout(3000)
    assert source.stat().st_mtime_ns > opened
    assert source.read_text() == before


def test_the_formgrader_shows_the_submission_and_runs_nothing_of_it(course):
    with pages.browser() as chromium, pages.jupyter_lab(course.root) as url:
        page = chromium.new_page()
        page.goto(f"{url}/formgrader/gradebook/{UNIT}/{UNIT}")
        link = page.locator("a[href*='/formgrader/submissions/']").first
        link.wait_for(timeout=30_000)
        page.goto(url + str(link.get_attribute("href")).removeprefix(url))
        page.wait_for_selector(".nbgrader_cell", timeout=30_000)
        page.wait_for_timeout(1000)
        assert page.title() != "taken over"
        assert page.locator("text=the bias").count() > 0


def test_a_feedback_page_runs_nothing_and_fits_a_phone(course):
    with pages.browser() as chromium:
        page = chromium.new_page(viewport={"width": 390, "height": 800})
        page.goto(f"file://{course.feedback_page(UNIT, 'mallory')}")
        page.wait_for_timeout(500)
        assert page.title() == f"{UNIT}: feedback for mallory"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.locator("section").count() == len(page.locator("tbody").first.locator("tr").all())
