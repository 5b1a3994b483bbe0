"""A real browser and real Jupyter servers, for tests and for the README's pictures."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

CHROMIUM = shutil.which("chromium")
PATIENCE = 180.0
"""Seconds that a page may take, beside other tests."""
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, as Debian packages it."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield chromium
        except Exception as error:
            for page in (page for context in chromium.contexts for page in context.pages):
                with suppress(PlaywrightError):
                    shown = page.locator("body").inner_text(timeout=5_000)
                    error.add_note(f"a page at {page.url} shows:\n{shown[:1000]}")
            raise
        finally:
            chromium.close()


def new_page(chromium: Browser, width: int = 1280, height: int = 720) -> Page:
    """A page of somebody who has not been there before."""
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(1000 * PATIENCE)
    return page


@contextmanager
def jupyter_lab(folder: Path, settings: Path | None = None) -> Iterator[str]:
    """JupyterLab on a folder, perhaps with the user's settings in another; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+") as log:
        environment = os.environ | {
            "HOME": home,
            "JUPYTER_CONFIG_DIR": home,
            "JUPYTER_RUNTIME_DIR": home,
            "IPYTHONDIR": home,
            "JUPYTERLAB_SETTINGS_DIR": str(settings or home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="]
        command = [sys.executable, "-m", "jupyterlab", *options, "--LabApp.expose_app_in_browser=True"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, server, log)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=30)


def _await(url: str, server: subprocess.Popen[bytes], log: IO[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{url}/api"):
            return
        time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"JupyterLab did not start: {log.read()[-2000:]}")
