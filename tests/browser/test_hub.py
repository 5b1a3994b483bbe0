"""The whole circle of a unit on a real JupyterHub: released, fetched, written, handed in, graded, given back."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from autograder import PROJECT
from autograder.demo import reference_answers

HERE = Path(__file__).parent


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages, hub = _load("pages"), _load("hub")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hub.may_mount(), reason="needs root that may mount, to make users"),
    pytest.mark.skipif(pages.CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("jupyterhub") is None, reason="jupyterhub is not installed"),
    pytest.mark.skipif(
        hub.PROXY is None, reason="configurable-http-proxy is not installed (npm install -g configurable-http-proxy)"
    ),
]
UNIT = "u01_sequences"
PICTURES = PROJECT / "build" / "hub"
COMMAND = Path(sys.executable).with_name("rnncourse")
WRITE_ANSWER = """
([exercise, answer]) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const cells = notebook.widgets;
    const number = cells.findIndex(cell => cell.model.getMetadata("nbgrader")?.grade_id === exercise);
    cells[number].model.sharedModel.setSource(answer);
    notebook.activeCellIndex = number;
}
"""
SHOW_ANSWER = """
exercise => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const number = notebook.widgets.findIndex(cell => cell.model.getMetadata("nbgrader")?.grade_id === exercise);
    return notebook.scrollToItem(number, "start");
}
"""
READY = "window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'"
# Cells out of sight may not be in the page, so their outputs are looked up in the notebook.
CHECKED = """
window.jupyterapp.shell.currentWidget.content.widgets.some(
    cell => JSON.stringify(cell.model.sharedModel.toJSON().outputs ?? "").includes("All good"))
"""


class Student:
    """A student at work in a browser."""

    def __init__(self, chromium: Browser, url: str, name: str):
        self.name = name
        self.page = pages.new_page(chromium, 1300, 900)
        sign_in(self.page, f"{url}/hub/spawn", name)
        self.page.wait_for_function("window.jupyterapp && window.jupyterapp.commands")
        self.page.get_by_role("menuitem", name="Nbgrader").click()
        self.tools = self.page.locator(".lm-Menu-itemLabel").all_inner_texts()
        self.page.get_by_text("Assignment List", exact=True).click()

    def press(self, button: str, then: str) -> None:
        """Press a button of the assignment list, and wait for another one."""
        self.page.get_by_role("button", name=button, exact=True).click()
        self.page.get_by_role("button", name=then, exact=True).wait_for()

    def run(self, command: str, **arguments: str) -> None:
        self.page.evaluate("([name, given]) => window.jupyterapp.commands.execute(name, given)", [command, arguments])

    def picture(self, name: str) -> None:
        self.page.screenshot(path=PICTURES / f"{name}.png")


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.locator("#username_input").fill(name)
    page.locator("#login_submit").click()


def wait_for_table(page: Page) -> None:
    """nbgrader's page asks for its table once, and stays empty if there is no answer; a teacher would load it again."""
    link = page.locator("a[href*='/formgrader/submissions/']").first
    try:
        link.wait_for(timeout=60_000)
    except PlaywrightTimeoutError:
        page.screenshot(path=PICTURES / "formgrader-empty.png")
        page.reload()
        link.wait_for()


def test_the_whole_circle():
    PICTURES.mkdir(parents=True, exist_ok=True)
    with hub.users() as users:

        def rnncourse(*arguments: str | Path) -> str:
            folder = users.folder if users.folder.exists() else None
            done = users.run(hub.GRADER, COMMAND, *arguments, folder=folder)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        rnncourse("init", users.folder, "--exchange", users.exchange, "--course", hub.COURSE)
        rnncourse("release", UNIT, "--exchange")
        for module in ("rnncore", "autograder"):
            assert users.run("ada", users.students / "bin" / "python", "-c", f"import {module}").returncode == 1
        assert users.run("ada", "ls", users.folder).returncode == 2
        with hub.running(users) as url, pages.browser() as chromium:
            ada = Student(chromium, url, "ada")
            ada.press("Fetch", then="Submit")
            assert set(ada.tools) & {"Assignment List", "Formgrader", "Course List"} == {"Assignment List"}
            ada.picture("assignment-list")
            ada.run("docmanager:open", path=f"{UNIT}/{UNIT}.ipynb")
            ada.page.wait_for_function(READY)
            ada.page.evaluate(WRITE_ANSWER, ["tokenize", reference_answers(UNIT)["tokenize"]])
            ada.run("notebook:run-all-cells")
            ada.page.wait_for_function(CHECKED)
            ada.page.evaluate(SHOW_ANSWER, "tokenize")
            ada.picture("notebook")
            ada.run("docmanager:save")
            ada.page.get_by_role("tab", name="Assignments").click()
            ada.page.locator(".assignment-notebooks-link").click()
            ada.press("Validate", then="Ok")
            ada.picture("validated")
            ada.page.get_by_role("button", name="Ok", exact=True).click()
            ada.press("Submit", then="Fetch Feedback")

            bob = Student(chromium, url, "bob")
            bob.press("Fetch", then="Submit")
            bob.press("Submit", then="Fetch Feedback")
            assert bob.page.goto(f"{url}/services/{hub.COURSE}/formgrader").status == 403

            assert "2 submissions" in rnncourse("collect", UNIT, "--exchange")
            rnncourse("grade", UNIT)
            assert "2 pages in the exchange" in rnncourse("feedback", UNIT, "--exchange")

            for name in hub.INSTRUCTORS:
                page = pages.new_page(chromium)
                sign_in(page, f"{url}/services/{hub.COURSE}/formgrader/gradebook/{UNIT}/{UNIT}", name)
                wait_for_table(page)
                page.screenshot(path=PICTURES / f"formgrader-{name}.png")

            ada.press("Fetch Feedback", then="Fetch Feedback")
            ada.page.get_by_text("(view feedback)").click()
            ada.page.locator(".jp-DirListing-item", has_text=f"{UNIT}.html").dblclick()
            feedback = ada.page.frame_locator(".jp-HTMLViewer iframe")
            feedback.get_by_text("2 of 20 points").first.wait_for()
            assert "Feedback for ada." in feedback.locator("body").inner_text()
            ada.picture("feedback")
