"""A real JupyterHub whose users are users of the system, but of a mount namespace of its own alone.

In that namespace /etc/passwd and /etc/group have the users of the hub, and folders that only root can enter and Python
lies in are covered, so that nothing of it is left when the test ends, however it ends. Students have an environment of
their own: the packages of this one, but for the course.
"""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from autograder import PROJECT

PROXY = shutil.which("configurable-http-proxy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
COURSE = "rnn"
GRADER = "rnn-grader"
INSTRUCTORS = ("ines", "ivan")
STUDENTS = ("ada", "bob")
_FIRST_UID = 61_000

# Shown in docs/jupyterhub.md, for the folders and the port of a real hub.
HUB_CONFIG = """\
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.Spawner.cmd = ["{students}/bin/python", "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--LabApp.expose_app_in_browser=True"]
c.Spawner.default_url = "/lab"
c.JupyterHub.load_groups = {{"formgrade-{course}": {{"users": {instructors!r}}}}}
c.JupyterHub.load_roles = [
    {{
        "name": "formgrade-{course}",
        "groups": ["formgrade-{course}"],
        "scopes": ["access:services!service={course}"],
    }}
]
c.JupyterHub.services = [
    {{
        "name": "{course}",
        "user": "{grader}",
        "url": "http://127.0.0.1:{service_port}",
        "command": ["{graders}/bin/python", "-m", "jupyterhub.singleuser"],
        "cwd": "{folder}",
        "environment": {{"JUPYTERHUB_DEFAULT_URL": "/lab", "HOME": "{home}"}},
        "oauth_no_confirm": True,
    }}
]
"""
STUDENT_CONFIG = """\
c = get_config()
c.Exchange.root = "{exchange}"
c.CourseDirectory.course_id = "{course}"
"""
NOT_FOR_STUDENTS = tuple(f"@jupyter/nbgrader:{name}" for name in ("formgrader", "course-list", "create-assignment"))


def may_mount() -> bool:
    """Whether this process may make a mount namespace of its own, as root may outside most containers."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


@dataclass
class Hub:
    """A JupyterHub with its users.

    Attributes:
        root: a folder that all users can enter, in which everything is.
        namespace: a process in the mount namespace of the users.
        users: their numbers.
    """

    root: Path
    namespace: int
    users: dict[str, int] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home(GRADER) / COURSE

    @property
    def exchange(self) -> Path:
        return self.root / "exchange"

    @property
    def students(self) -> Path:
        return self.root / "students"

    def home(self, user: str) -> Path:
        return self.root / "home" / user

    def run(self, user: str, *command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as a user, in their home unless in another folder."""
        uid = str(self.users[user])
        return subprocess.run(
            [
                *("nsenter", "--target", str(self.namespace), "--mount", f"--wd={folder or self.home(user)}"),
                *("setpriv", "--reuid", uid, "--regid", uid, "--init-groups", *map(str, command)),
            ],
            env={"HOME": str(self.home(user)), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
            text=True,
            capture_output=True,
            check=False,
        )


@contextmanager
def users() -> Iterator[Hub]:
    """The users of a hub with their homes, an exchange, and the students' environment."""
    root = Path(tempfile.mkdtemp(prefix="rnncourse-hub-"))
    root.chmod(0o755)
    uids = {name: _FIRST_UID + number for number, name in enumerate((GRADER, *INSTRUCTORS, *STUDENTS))}
    lines = [f"{name}:x:{uid}:{uid}::{root}/home/{name}:/bin/bash\n" for name, uid in uids.items()]
    (root / "passwd").write_text(Path("/etc/passwd").read_text() + "".join(lines))
    groups = [f"{name}:x:{uid}:\n" for name, uid in uids.items()]
    (root / "group").write_text(Path("/etc/group").read_text() + "".join(groups))
    mounts = [f"mount --bind {root}/{name} /etc/{name}" for name in ("passwd", "group")]
    script = "\n".join(["set -e", *mounts, *_open_python(root / "kept"), "echo ready", "exec sleep infinity"])
    holder = subprocess.Popen(["unshare", "--mount", "bash", "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        hub = Hub(root, holder.pid, users=uids)
        for name, uid in uids.items():
            hub.home(name).mkdir(mode=0o700, parents=True)
            os.chown(hub.home(name), uid, uid)
        hub.home(GRADER).parent.chmod(0o755)
        hub.exchange.mkdir()
        hub.exchange.chmod(0o777)
        _make_students_environment(hub)
        yield hub
    finally:
        holder.kill()
        holder.communicate()
        shutil.rmtree(root, ignore_errors=True)


def _open_python(kept: Path) -> list[str]:
    """Commands that let everybody reach Python and this project, where they lie in folders that only root can enter."""
    needed = dict.fromkeys(map(Path, (sys.base_prefix, sys.prefix, str(PROJECT))))
    closed = {path: shut for path in needed for shut in path.parents if not shut.stat().st_mode & 0o001}
    lines = []
    for number, path in enumerate(closed):
        lines += [f"mkdir -p {kept}/{number}", f"mount --bind {path} {kept}/{number}"]
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {shut}" for shut in dict.fromkeys(closed.values())]
    for number, path in enumerate(closed):
        lines += [f"mkdir -p {path}", f"mount --bind {kept}/{number} {path}"]
    return [*lines, *([f"chmod 755 {kept}"] if closed else [])]


def _make_students_environment(hub: Hub) -> None:
    """An environment with Jupyter and nbgrader and without the course, for which it borrows packages.

    A path file in a folder that another path file names is not read, so the course, installed as editable, stays out.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", hub.students], check=True)
    (site,) = hub.students.glob("lib/python*/site-packages")
    (site / "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (hub.students / "share").mkdir(exist_ok=True)
    (hub.students / "share" / "jupyter").symlink_to(Path(sys.prefix, "share", "jupyter"))
    settings = hub.students / "etc" / "jupyter"
    shutil.copytree(Path(sys.prefix, "etc", "jupyter"), settings)
    (settings / "nbgrader_config.py").write_text(STUDENT_CONFIG.format(exchange=hub.exchange, course=COURSE))
    disable = "from jupyterlab.labextensions import main; main()", "disable", "--level=sys_prefix", *NOT_FOR_STUDENTS
    subprocess.run([hub.students / "bin" / "python", "-c", *disable], check=True, capture_output=True)


@contextmanager
def running(hub: Hub) -> Iterator[str]:
    """The hub itself; gives its address."""
    folder = hub.root / "hub"
    folder.mkdir(mode=0o700)
    port, hub_port, proxy_port, service_port = _free_ports(4)
    config = folder / "jupyterhub_config.py"
    config.write_text(
        HUB_CONFIG.format(
            port=port,
            hub_port=hub_port,
            proxy_port=proxy_port,
            service_port=service_port,
            proxy=PROXY,
            course=COURSE,
            grader=GRADER,
            graders=sys.prefix,
            students=hub.students,
            folder=hub.folder,
            home=hub.home(GRADER),
            instructors=list(INSTRUCTORS),
        )
    )
    url = f"http://127.0.0.1:{port}"
    enter = ["nsenter", "--target", str(hub.namespace), "--mount", f"--wd={folder}"]
    command = [*enter, sys.executable, "-m", "jupyterhub", "-f", str(config)]
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"})
        try:
            deadline = time.monotonic() + 180.0
            while not _answers(f"{url}/hub/api"):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("JupyterHub did not start")
                time.sleep(0.2)
            yield url
        except Exception as error:
            log.seek(0)
            error.add_note(f"the hub's log:\n{log.read()[-5000:]}")
            raise
        finally:
            server.terminate()
            server.wait(timeout=30)


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url):
        return True
    return False


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
