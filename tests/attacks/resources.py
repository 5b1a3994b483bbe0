"""Code that ends its process, does not end, or takes what it can get, in one answer or beside."""

from tests.attacks.attack import HARMFUL, Attack, extra, instead

_FOREVER = """
while True:
    try:
        while True: pass
    except BaseException: pass
"""

_SHORT = {
    "os._exit": "import os; os._exit(0)",
    "sys.exit": "import sys; sys.exit(0)",
    "a killed kernel": "import os; os.kill(os.getpid(), 9)",
    "a segmentation fault": "import ctypes; ctypes.string_at(0)",
    "recursion": "import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
    "a right answer that ends": "import builtins, os\n"
    "builtins.n = getattr(builtins, 'n', 0) + 1\nif builtins.n == 3: os._exit(0)",
}
"""In the body of an answer; these end at once."""

_LONG = {
    "an endless loop": "while True: pass",
    "a loop that swallows interrupts": _FOREVER,
    "a sleep": "import time; time.sleep(999)",
    "ignored signals": "import signal, time\nfor n in (2, 14, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(999)",
    "processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "threads": """
import threading, time
threading.stack_size(65536)
while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
""",
    "memory": "x = []\nwhile True: x.append(bytearray(b'1' * 10**7))",
    "shared memory": "import mmap\nx = []\nwhile True: x.append(mmap.mmap(-1, 10**7)); x[-1].write(b'1' * 10**7)",
    "disk": "n = 0\nwhile True:\n    n += 1\n    with open(f'/tmp/{n}', 'wb') as file: file.write(bytes(10**7))",
    "a million empty files": "n = 0\nwhile True:\n    n += 1\n    open(f'/tmp/{n}', 'w').close()",
    "file descriptors": "x = []\nwhile True: x.append(open('/dev/null'))",
    "output": "while True: print('x' * 10**6)",
    "a fork that stays": """
import os, time
if os.fork() == 0:
    os.setsid()
    while True: pass
""",
    "a shell that stays": """
import subprocess
subprocess.Popen(['/bin/sh', '-c', 'trap "" TERM HUP INT; while :; do :; done'])
""",
    "questions without an end": "while True: lstm_step(xs[:, 0], state, params)",
    "a question that broadcasts": """
import numpy as np
H = state.h.shape[1]
wide = params._replace(W_h=np.ones((90, 1, H, 4 * H)), b=np.ones((90, 1, 1, 4 * H)))
while True:
    try: lstm_step(xs[:, 0], state, wide)
    except ValueError: pass
""",
    "a gigabyte for an answer": "import numpy as np\nreturn np.zeros(2**27), None, None",
    "a hundred million items": "return [0] * 10**8, None, None",
}
"""In the body of an answer; these run into a limit."""

_BESIDE = {
    "os._exit beside": "import os; os._exit(0)",
    "signals at process 1 beside": "import os, signal\nfor n in (2, 15, 9): os.kill(1, n)",
    "half a surrogate": "print('\\ud800')\nraise ValueError('\\udfff [/bold] \\x1b[31m')",
    "standard error": "import sys, warnings\nprint('careful', file=sys.stderr)\nwarnings.warn('careful')",
    "closed standard streams": "import sys, os\nsys.stdout.close(); sys.stderr = None; os.closerange(0, 3)",
    "a flood of output beside": "for _ in range(10**5): print('x' * 500)",
}
_SHARED = {
    "all processes signalled beside": """
import os
for n in (19, 9):
    try: os.kill(-1, n)
    except ProcessLookupError: pass
""",
    "orphans beside": """
import os, time
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(600)
        os._exit(0)
""",
    "the mounts taken off beside": """
import ctypes
libc = ctypes.CDLL(None)
for place in (b"/proc", b"/tmp", b"/home/student", b"/dev/shm", b"/"):
    libc.umount2(place, 2)
libc.unshare(0x10000000 | 0x20000); libc.mount(b"none", b"/", b"", 32 | 4096, None); libc.setns(0, 0)
""",
    "every watch and key beside": """
import ctypes
libc = ctypes.CDLL(None)
while libc.inotify_init() >= 0: pass
for n in range(1000): libc.syscall(248, b"user", b"%d" % n, b"x", 1, -4)
""",
    "sockets for the neighbours beside": """
import socket
left = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_INET)]
left[0].bind("\0rnncore"); left[1].bind(("127.0.0.1", 4711))
for one in left: one.listen()
try: left.append(socket.socket(40, socket.SOCK_STREAM))
except OSError: pass
""",
    "files for the next one beside": """
import os
start = "/home/student/.ipython/profile_default/startup"
for place in (".", "/tmp", "/dev/shm", "/home/student", start, "/opt/guest", os.path.dirname(os.__file__)):
    for name in ("sitecustomize.py", "torch.py", "left.py"):
        try: open(os.path.join(place, name), "w").write("raise SystemExit")
        except OSError: pass
os.umask(0o777); os.environ["PYTHONPATH"] = "/tmp"
""",
}
"""These try to reach the process that submissions are forked from, or another one that is."""
_BESIDE_SLOW = {
    "an endless loop beside": _FOREVER,
    "processes beside": "import os\nwhile True: os.fork()",
    "memory beside": "x = []\nwhile True: x.append(bytearray(b'1' * 10**7))",
    "a fork that stays beside": "import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass",
}
_NEIGHBOURS = {
    "busy processes beside": "import os\nfor _ in range(56):\n    if os.fork() == 0:\n        while True: pass",
}
"""These harm nobody but themselves: what the others of the class get is seen in their rows."""
_SAFE_WITH_STOCK = {
    "os._exit",
    "sys.exit",
    "a killed kernel",
    "a segmentation fault",
    "an endless loop",
    "a loop that swallows interrupts",
    "os._exit beside",
    "half a surrogate",
    "standard error",
    "closed standard streams",
    "a right answer that ends",
}


def _answer(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"def lstm_forward(xs, state, params):\n{lines}\n"


def _not_stock(name: str) -> str:
    return "" if name in _SAFE_WITH_STOCK else HARMFUL


RESOURCES: dict[str, Attack] = {
    **{name: Attack(extra(source), "reference", not_stock=HARMFUL, slow=True) for name, source in _NEIGHBOURS.items()},
    **{
        name: Attack(instead(_answer(body), "lstm-forward"), "no lstm_forward", not_stock=_not_stock(name), slow=slow)
        for bodies, slow in ((_SHORT, False), (_LONG, True))
        for name, body in bodies.items()
    },
    **{
        name: Attack(extra(source), "reference", keeps=True, not_stock=_not_stock(name), slow=slow)
        for sources, slow in ((_BESIDE, False), (_SHARED, False), (_BESIDE_SLOW, True))
        for name, source in sources.items()
    },
}
