"""What people look at, in a real browser: the sources in JupyterLab, the formgrader, feedback and report."""

import importlib.util
import shutil
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from autograder import PROJECT
from autograder.authoring.build import solution_page
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.release import release_unit
from autograder.grading.submission import grade_with_nbgrader
from autograder.reports.feedback import write_feedback
from autograder.reports.report import write_report
from autograder.reports.term import write_term_report

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
    course = create_class(tmp_path_factory.mktemp("browser") / "class")
    released = release_unit(course, UNIT).folder
    work = Homework(released / f"{UNIT}.ipynb", solved=True)
    work.append("from-torch", SHOW_SCRIPT).write("lstm-question", SCRIPT)
    work.save(course.submission(UNIT, "mallory"))
    grade_with_nbgrader(course, UNIT, "mallory")
    write_feedback(course, UNIT, "mallory")
    return course


def test_a_source_opens_as_a_notebook_with_create_assignment_and_saves_unchanged(tmp_path):
    source = tmp_path / f"{UNIT}.py"
    shutil.copy(PROJECT / "solutions" / UNIT / f"{UNIT}.py", source)
    shutil.copy(PROJECT / "jupytext.toml", tmp_path)
    before = source.read_text()
    with pages.browser() as chromium, pages.jupyter_lab(tmp_path) as url:
        page = pages.new_page(chromium, 1400, 900)
        page.goto(f"{url}/lab?reset")
        page.wait_for_function("window.jupyterapp && window.jupyterapp.commands")
        page.wait_for_selector(".jp-Launcher")
        page.evaluate(
            "path => window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Jupytext Notebook'})",
            source.name,
        )
        page.wait_for_selector(".jp-Notebook .jp-MarkdownOutput")
        page.get_by_role("tab", name="Create Assignment").click()
        page.wait_for_selector("text=Total points")
        opened = source.stat().st_mtime_ns
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_timeout(3000)
    assert source.stat().st_mtime_ns > opened
    assert source.read_text() == before


def test_the_formgrader_shows_the_submission_and_runs_nothing_of_it(course):
    with pages.browser() as chromium, pages.jupyter_lab(course.root) as url:
        page = pages.new_page(chromium)
        page.goto(f"{url}/formgrader/gradebook/{UNIT}/{UNIT}")
        link = page.locator("a[href*='/formgrader/submissions/']").first
        link.wait_for()
        page.goto(url + str(link.get_attribute("href")).removeprefix(url))
        page.wait_for_selector(".nbgrader_cell")
        page.wait_for_timeout(1000)
        assert page.title() != "taken over"
        assert page.locator("text=the bias").count() > 0
        scheme, answer = page.locator("text=How to mark it"), page.locator("textarea").last
        assert scheme.bounding_box()["y"] < answer.bounding_box()["y"]
        assert "Rubric." in page.inner_text("body")


@pytest.fixture(scope="module", params=["feedback", "report", "term"])
def page_of_ours(request, course) -> Path:
    if request.param == "feedback":
        return course.feedback_page(UNIT, "mallory")
    path = course.root / f"{request.param}.html"
    write_term_report(course, path) if request.param == "term" else write_report(course, UNIT, path)
    return path


RUN_A_SCRIPT = """() => new Promise(done => {
    document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    document.body.append(script);
    setTimeout(() => done("nothing was refused"), 2000);
})"""
LOAD_A_PICTURE = """() => new Promise(done => {
    document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
    const picture = document.createElement("img");
    picture.src = "http://127.0.0.1:9/canary.png";
    document.body.append(picture);
    setTimeout(() => done("nothing was refused"), 2000);
})"""


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_pages_run_nothing_and_fit(page_of_ours, width, scheme):
    with pages.browser() as chromium:
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"file://{page_of_ours}")
        page.wait_for_timeout(500)
        assert page.title() in (f"{UNIT}: feedback for mallory", f"{UNIT}: report", "The term: report")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("[...document.images].every(image => image.alt && image.naturalWidth > 0)")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 24, 29)")
        assert all(url.startswith(("file:", "data:")) for url in asked)
        assert page.evaluate(RUN_A_SCRIPT) == "script-src-elem"
        assert page.evaluate(LOAD_A_PICTURE) == "img-src"
        assert page.title() != "taken over"


@pytest.fixture(scope="module", params=["solution", "start"])
def page_of_the_course(request, tmp_path_factory) -> Path:
    name = {"solution": f"solutions/{UNIT}/{UNIT}.ipynb", "start": "course/start.ipynb"}[request.param]
    path = tmp_path_factory.mktemp("course") / f"{request.param}.html"
    path.write_text(solution_page(nbformat.read(PROJECT / name, as_version=4)), encoding="utf-8")
    return path


def grave_barriers(path: Path, width: int) -> list[str]:
    """What axe-core finds on a page that keeps people out."""
    with pages.browser() as chromium:
        page = pages.new_page(chromium, width, 800)
        page.goto(f"file://{path}")
        found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_serious_on_our_pages(page_of_ours, width):
    assert grave_barriers(page_of_ours, width) == []


@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_serious_on_pages_of_the_course(page_of_the_course, width):
    assert grave_barriers(page_of_the_course, width) == []


def test_axe_sees_a_barrier(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html lang=en><title>t</title><main><p style='color: #bbb'>faint</p></main></html>")
    assert [line.split(":")[0] for line in grave_barriers(page, 1200)] == ["color-contrast"]


def test_what_is_folded_on_the_screen_is_printed(course):
    with pages.browser() as chromium:
        page = pages.new_page(chromium)
        page.goto(f"file://{course.feedback_page(UNIT, 'mallory')}")
        folded = page.locator("details:not([open]) pre").first
        assert not folded.is_visible()
        page.emulate_media(media="print")
        assert folded.is_visible()


def test_a_feedback_page_has_a_section_for_each_exercise(course):
    with pages.browser() as chromium:
        page = pages.new_page(chromium)
        page.goto(f"file://{course.feedback_page(UNIT, 'mallory')}")
        assert page.locator("section").count() == len(page.locator("tbody").first.locator("tr").all())
