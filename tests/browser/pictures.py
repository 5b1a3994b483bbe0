"""Takes the README's pictures: of the student notebook in JupyterLab, of a feedback page, of the report and of the
grade table."""

import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from rich.console import Console

from autograder import PROJECT
from autograder.demo import UNIT
from autograder.grading.class_folder import ClassFolder
from autograder.grading.gradebook import read_results
from autograder.reports.report import write_report
from autograder.reports.table import grade_table

sys.path.insert(0, str(Path(__file__).parent))
from pages import browser, jupyter_lab, new_page

PICTURES = PROJECT / "docs"
DEMO = PROJECT / "build" / "demo" / "class"


def take_notebook(chromium: Browser) -> None:
    """A question of the unit, the cell that answers it and its whole figure, in a notebook that is saved."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as settings:
        shutil.copy(PROJECT / "solutions" / UNIT / f"{UNIT}.ipynb", folder)
        for plugin, values in {
            "notebook-extension/tracker": {"windowingMode": "none"},
            "apputils-extension/notification": {"fetchNews": "false"},
        }.items():
            file = Path(settings, "@jupyterlab", f"{plugin}.jupyterlab-settings")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        with jupyter_lab(Path(folder), Path(settings)) as url:
            page = new_page(chromium, 1200, 1000)
            page.goto(f"{url}/lab/tree/{UNIT}.ipynb?reset")
            page.wait_for_selector(".jp-RenderedImage img")
            page.keyboard.press("Control+b")
            page.wait_for_timeout(3000)
            page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
            figure = page.locator(".jp-CodeCell:has(.jp-RenderedImage)").nth(1)
            question = figure.locator("xpath=preceding-sibling::div[1]")
            question.evaluate("cell => cell.scrollIntoView(true)")
            page.wait_for_timeout(2000)
            box = figure.bounding_box()
            assert box is not None
            clip = {"x": 0, "y": 0, "width": 1200, "height": min(1000, box["y"] + box["height"])}
            page.screenshot(path=PICTURES / "notebook.png", clip=clip)


def take_page(chromium: Browser, file: Path, picture: Path) -> None:
    """A page from its top to the end of the first table of checks, so that no line is cut."""
    page = new_page(chromium, 900, 1000)
    page.goto(f"file://{file}")
    box = page.locator("section table").first.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] + 16
    page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": 900, "height": height})


def main() -> None:
    """Needs Chromium, and the class that `make demo` leaves."""
    course = ClassFolder(DEMO)
    with browser() as chromium:
        take_notebook(chromium)

        take_page(chromium, course.feedback_page(UNIT, "swapped-gates"), PICTURES / "feedback.png")
        report = PROJECT / "build" / "report.html"
        write_report(course, UNIT, report)
        take_page(chromium, report, PICTURES / "report.png")

        console = Console(record=True, width=190, file=io.StringIO())
        console.print(grade_table(UNIT, read_results(course, UNIT), console.width))
        svg = PROJECT / "build" / "grades.svg"
        console.save_svg(str(svg), title="rnncourse grade u05_lstm")
        page = new_page(chromium)
        page.goto(f"file://{svg}")
        size = page.evaluate("(box => [box.width, box.height])(document.documentElement.viewBox.baseVal)")
        page.set_viewport_size({"width": 1400, "height": round(1400 * size[1] / size[0])})
        page.screenshot(path=PICTURES / "grades.png")


if __name__ == "__main__":
    main()
