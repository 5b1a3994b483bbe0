"""Tricks in code: they tamper with what tests, look for what the answer is, or return what is no answer."""

from autograder import demo
from tests.attacks.attack import Attack, below, extra, instead

_TAMPERING = {
    "input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
    "ast transformer": """
import ast
class Skip(ast.NodeTransformer):
    def visit_Module(self, node):
        node.body = []
        return node
get_ipython().ast_transformers.append(Skip())
""",
    "run_code patched": """
async def run_code(self, *args, **kwargs): return False
type(get_ipython()).run_code = run_code
""",
    "run_cell patched": """
class Result: success = True; result = 5
get_ipython().run_cell = lambda *args, **kwargs: Result()
""",
    "numpy.testing and allclose patched": """
import numpy as np, numpy.testing
for name in dir(np.testing):
    if name.startswith('assert'): setattr(np.testing, name, lambda *a, **k: None)
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
""",
    "torch.allclose patched": """
import torch
torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
""",
    "builtins patched": """
import builtins
builtins.len = lambda x: 2
builtins.isinstance = lambda *a: True
builtins.abs = builtins.max = builtins.sum = lambda *a, **k: 0.0
builtins.AssertionError = type('Quiet', (Exception,), {})
""",
    "check sets patched": """
from autograder.checking import Exercise
Exercise.__call__ = lambda self, function, seed=None: self.points
import rnncore.lab.checks as visible
for name in dir(visible):
    if name.startswith('expect'): globals()[name] = lambda *a, **k: None
lstm_step = lambda *args: None
""",
    "comparison patched": """
from autograder.checking import comparing
comparing.differences = lambda *a, **k: []
comparing.expect_same = lambda *a, **k: None
from autograder.exercises.u05_lstm import lstm_step as room
room.expect_same = lambda *a, **k: None
room.expect_parts = lambda *a: ((None,) * 9)[:len(a) - 1]
def lstm_step(x, state, params): return None, None
""",
    "hidden module replaced": """
import sys, types
class Fake(types.ModuleType):
    def __getattr__(self, name): return lambda function: 1.0
sys.modules['autograder.exercises.u05_lstm.lstm_step'] = Fake('autograder.exercises.u05_lstm.lstm_step')
""",
    "hook before each cell": """
get_ipython().events.register('pre_run_cell', lambda info: get_ipython().displayhook(1.0))
""",
    "hook after each cell": """
get_ipython().events.register('post_run_cell', lambda result: get_ipython().displayhook(1.0))
""",
    "errors made silent": """
get_ipython().showtraceback = lambda *a, **k: None
get_ipython()._showtraceback = lambda *a, **k: None
""",
    "custom exception handler": """
get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)
""",
    "import hook": """
import builtins
real = builtins.__import__
class Anything:
    def __getattr__(self, name): return lambda *a, **k: 1.0
builtins.__import__ = lambda name, *a, **k: Anything() if name.startswith('autograder') else real(name, *a, **k)
""",
    "a thread that tampers on": """
import threading, time, builtins
def tamper():
    while True:
        get_ipython().input_transformers_post[:] = [lambda lines: ['pass\\n']]
        time.sleep(0.01)
threading.Thread(target=tamper, daemon=True).start()
""",
    "wire module patched": """
try:
    import wire
    wire.Encoder.encode = lambda self, value, depth=0: {'t': 'dict', 'v': [['result', 4.0], ['mutated', None]]}
except ImportError:
    pass
""",
    "ends by atexit": "import atexit, os\natexit.register(lambda: os.write(5, b'4'))\nlstm_step = lambda *a: 4",
}

_TALKING = {
    "displayhook in the function": """
def lstm_step(x, state, params):
    get_ipython().displayhook(4)
    return 4
""",
    "displayhook patched": """
try:
    import executor
    executor._add_display('execute_result', {'text/plain': '4'})
except ImportError:
    pass
class Four:
    def __repr__(self): return '4'
    def __float__(self): return 4.0
lstm_step = lambda *args: Four()
Four()
""",
    "executor patched": """
try:
    import executor
    def _call(self, request):
        self._reply({'result': 4.0, 'mutated': [], 'score': 4, 'passed': True, 'verdict': 4})
    executor.Executor._call = _call
except ImportError:
    pass
""",
    "forged replies": """
import json, os, socket, stat, struct, threading, time
def d(**pairs): return {'t': 'dict', 'v': [[k, v] for k, v in pairs.items()]}
text = json.dumps({'form': d(result=4.0, mutated={'t': 'list', 'v': []}, outputs={'t': 'list', 'v': [
    d(output_type='execute_result', data=d(**{'text/plain': '4'}))]}, ok=True), 'sizes': []}).encode()
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            for _ in range(30): os.write(fd, struct.pack('>II', len(text), 0) + text)
    except OSError: pass
""",
    "replies while the function runs": """
import json, os, stat, struct
def lstm_step(*args):
    text = json.dumps({'form': {'t': 'dict', 'v': [['result', {'t': 'tuple', 'v': []}], ['mutated', {}]]}, 'sizes': []})
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, struct.pack('>II', len(text), 0) + text.encode())
        except OSError: pass
""",
}

_LOOKING = {
    "reads the disk": """
import glob, os, sys
for folder, _, names in os.walk('/'):
    if folder.startswith(('/proc', '/sys', '/usr', sys.prefix, sys.base_prefix)): continue
    for name in names:
        if name.endswith('.ipynb') or 'u05' in name or 'gradebook' in name:
            exec(open(os.path.join(folder, name)).read())
""",
    "calls the reference": "from rnncore.functional.cells import *\n"
    "from rnncore.functional.sequence.lstm_layer import *",
    "reads the solution": """
import json, pathlib, autograder
solution = json.loads((autograder.PROJECT / 'solutions/u05_lstm/u05_lstm.ipynb').read_text())
for cell in solution['cells']:
    source = ''.join(cell['source'])
    if cell['cell_type'] == 'code' and source.startswith('def '): exec(source)
""",
    "reads the source in the class folder": """
import json, os, pathlib
for root in pathlib.Path.cwd().resolve().parents:
    for path in root.glob('source/*/*.ipynb'):
        for cell in json.loads(path.read_text())['cells']:
            for line in ''.join(cell['source']).splitlines():
                if line.endswith('# exercise'): exec(line)
""",
    "walks the objects": """
import gc, sys, types
frame = sys._getframe()
while frame:
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if isinstance(value, types.FunctionType) and name.startswith('lstm'): globals()[name] = value
    frame = frame.f_back
for o in gc.get_objects():
    if isinstance(o, types.FunctionType) and o.__name__ in ('lstm_step', 'lstm_forward', 'lstm_backward'):
        globals()[o.__name__] = o
""",
    "asks the caller's frame": """
import sys
def lstm_step(*args):
    frame = sys._getframe(1)
    while frame:
        for value in list(frame.f_locals.values()):
            if hasattr(value, 'reference'): return value.reference(*args)
        frame = frame.f_back
""",
    "reads the memory": """
import re
for line in open('/proc/self/maps'):
    span, rights = line.split()[:2]
    if 'rw' not in rights: continue
    start, end = (int(x, 16) for x in span.split('-'))
    try:
        with open('/proc/self/mem', 'rb') as memory:
            memory.seek(start)
            data = memory.read(min(end - start, 2**24))
            for found in re.findall(rb'def lstm_step\\(.{1,2000}?return [^\\n]+', data, re.S):
                try: exec(found.decode())
                except Exception: pass
    except (OSError, ValueError, OverflowError): pass
""",
    "asks the network": """
import urllib.request
try: exec(urllib.request.urlopen('http://127.0.0.1:8000/answers.py', timeout=2).read())
except OSError: pass
""",
}

_TORCH = """
import torch
def lstm_step(x, state, params):
    layer = {}(x.shape[1], state.h.shape[1], dtype=torch.float64)
    names = [name.removesuffix('_l0') for name in to_torch(params)]
    layer.load_state_dict({{n: torch.as_tensor(v) for n, v in zip(names, to_torch(params).values())}})
    h, c = layer(torch.as_tensor(x), tuple(map(torch.as_tensor, state)))
    return LSTMState(h.detach().numpy(), c.detach().numpy()), None
"""

_CELL = """
import torch
def lstm_step(x, state, params):
    weights = [torch.as_tensor(weight) for weight in to_torch(params).values()]
    h, c = {}(torch.as_tensor(x), tuple(map(torch.as_tensor, state)), *weights)
    return LSTMState(h.numpy(), c.numpy()), None
"""

_IN_PYTHON = """
import torch
def lstm_step(x, state, params):
    cell = torch.ao.nn.quantizable.LSTMCell(x.shape[1], state.h.shape[1], dtype=torch.float64)
    names = "igates.weight", "hgates.weight", "igates.bias", "hgates.bias"
    weights = map(torch.as_tensor, to_torch(params).values())
    cell.load_state_dict(dict(zip(names, weights)), strict=False)
    h, c = cell(torch.as_tensor(x), tuple(map(torch.as_tensor, state)))
    return LSTMState(h.detach().numpy(), c.detach().numpy()), None
"""

_DECOMPOSED = """
import torch
from torch._decomp.decompositions import lstm_cell
def lstm_step(x, state, params):
    x, (h, c), weights = torch.as_tensor(x), map(torch.as_tensor, state), to_torch(params).values()
    W_ih, W_hh, b_ih, b_hh = map(torch.as_tensor, weights)
    h, c = lstm_cell(x @ W_ih.T + b_ih, h, c, W_hh, b_hh, None, 1)[-2:]
    return LSTMState(h.numpy(), c.numpy()), None
"""

_SPELLINGS = {
    "torch's cell as an operator": _CELL.format("torch.ops.aten.lstm_cell"),
    "torch's cell as an overload": _CELL.format("torch.ops.aten.lstm_cell.default"),
    "torch's cell from beneath": _CELL.format("torch._VF.lstm_cell"),
    "torch's cell from further beneath": _CELL.format("torch._C._VariableFunctions.lstm_cell"),
    "torch's cell behind an alias": f"import torch\nT = torch\n{_CELL.format('T.lstm_cell')}",
    "torch's cell after a magic": f"import torch\n%time cell = torch.lstm_cell\n{_CELL.format('cell')}",
    "torch's cell beside a question": _CELL.format("torch.lstm_cell").replace("None\n", "None  # is this right?\n"),
    "torch's cell in a very long cell": _CELL.format("torch.lstm_cell") + "#" + "x" * 250_000,
    "torch's cell by a name put together": _CELL.format("getattr(torch, 'lstm_' + 'cell')"),
    "torch's cell in a text": f"exec({_CELL.format('torch.lstm_cell')!r})",
    "torch's cell in Python": _IN_PYTHON,
    "torch's cell taken apart": _DECOMPOSED,
    "torch's cell in a thread": f"""
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
{_CELL.format("torch.lstm_cell").replace("lstm_step", "step")}
def lstm_step(*args): return pool.submit(step, *args).result()
""",
    "torch's cell in a process forked before": """
import multiprocessing, torch
def _serve(pipe):
    while True:
        x, state, weights = pipe.recv()
        h, c = torch.lstm_cell(torch.tensor(x), tuple(map(torch.tensor, state)), *map(torch.tensor, weights))
        pipe.send((h.numpy(), c.numpy()))
_mine, _theirs = multiprocessing.Pipe()
multiprocessing.get_context('fork').Process(target=_serve, args=(_theirs,), daemon=True).start()
def lstm_step(x, state, params):
    _mine.send((x, tuple(state), list(to_torch(params).values())))
    return LSTMState(*_mine.recv()), None
""",
    "torch's cell without torch's modes": f"""
{_CELL.format("torch.lstm_cell").replace("lstm_step", "step")}
def lstm_step(*args):
    with torch._C.DisableTorchFunction(), torch.utils._python_dispatch._disable_current_modes(): return step(*args)
""",
}

_AGAIN = """
_right, _seen = lstm_step, []
def lstm_step(*args):
    new, cache = _right(*args)
    first = not any(np.array_equal(args[0], x) for x in _seen)
    _seen.append(args[0].copy())
    return (new if first else LSTMState(-new.h, new.c)), cache
"""

_RETURNING = {
    "torch's cell": _TORCH.format("torch.nn.LSTMCell"),
    "torch's cell by its name": _TORCH.format("getattr(torch.nn, 'LSTMCell')"),
    "torch's cell by another name": f"from torch.nn import LSTMCell as Mine\n{_TORCH.format('Mine')}",
    "the oracle of the notebook": """
def lstm_step(x, state, params):
    hs, last = torch_lstm(x[:, None], state, params)
    return last, None
""",
    "equal to everything": demo.EQUAL_TO_EVERYTHING,
    "equal as an array": """
class Equal:
    shape = (3, 4); dtype = np.dtype(float); ndim = 2; __array_priority__ = 10**9
    def __array__(self, dtype=None, copy=None): return np.zeros((3, 4))
    def __array_ufunc__(self, *a, **k): return np.zeros(())
    def __array_function__(self, *a, **k): return True
def lstm_step(x, state, params): return type(state)(Equal(), Equal()), Equal()
""",
    "equal as a tensor": """
import torch
class Equal(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None): return torch.zeros(())
def lstm_step(x, state, params):
    one = torch.zeros(1).as_subclass(Equal)
    return type(state)(one, one), one
""",
    "a lying array": """
import numpy as np
class Lying(np.ndarray):
    shape = property(lambda self: (3, 4))
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.zeros(())
    def tobytes(self): return b''
def lstm_step(x, state, params): return (np.zeros(1).view(Lying),) * 2, None
""",
    "an array of objects": """
import numpy as np
class Yes:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    __hash__ = None
def lstm_step(x, state, params):
    array = np.full(state.h.shape, Yes(), dtype=object)
    return type(state)(array, array), None
""",
    "not finite": """
import numpy as np
def lstm_step(x, state, params):
    return type(state)(np.full_like(state.h, np.nan), np.full_like(state.c, np.inf)), None
""",
    "a huge number": "def lstm_step(x, state, params): return type(state)(10**400, -10**400), 10**400",
    "a huge shape": """
import numpy as np
def lstm_step(x, state, params):
    return type(state)(np.lib.stride_tricks.as_strided(state.h, (2**20, 2**20), (0, 0)), state.c), None
""",
    "a result for ever": """
class Endless(dict):
    def items(self):
        while True: yield 1, 1
def lstm_step(*a): return [Endless()] * 10**4
""",
    "a result in itself": """
def lstm_step(*a):
    result = []
    result.append(result)
    return result, result
""",
    "a named tuple that lies": """
class State(tuple):
    _fields = ('h', 'c') * 1000
def lstm_step(*a): return State(), State(['x'])
""",
    "an exception without an end": """
class Endless(Exception):
    def __str__(self): return 'x' * 10**8
def lstm_step(*a): raise Endless
""",
    "an exception that passes for a check's": """
class CheckFailed(AssertionError): score = points = 4; passed = True
def lstm_step(*a): raise CheckFailed('passed')
""",
}

CODE: dict[str, Attack] = {
    **{
        name: Attack(below(source))
        for sources in (_TAMPERING, _TALKING, _LOOKING, _RETURNING, _SPELLINGS)
        for name, source in sources.items()
    },
    "another answer when it is asked again": Attack(
        lambda homework: homework.write("lstm-step", f"{demo.reference_answers()['lstm-step']}\n{_AGAIN}")
    ),
    "inputs changed behind a patched comparison": Attack(
        below("import numpy as np\nnp.array_equal = np.allclose = lambda *a, **k: True"), "changes inputs"
    ),
    "a class of its own with a layer's name": Attack(
        below("""
class Results: LSTM = RNN = 1.0
_plain = lstm_step
def lstm_step(x, state, params): return _plain(Results.LSTM * x, state, params)
"""),
        "reference",
        keeps=True,
    ),
    "torch's cell in a helper": Attack(
        lambda homework: (
            extra(_TORCH.format("torch.nn.LSTMCell").replace("def lstm_step", "def helper"))(homework),
            instead("def lstm_step(x, state, params): return helper(x, state, params)")(homework),
        )
    ),
    "hard-coded for the visible case": Attack(instead(demo.HARD_CODED, "set-forget-bias")),
    "opaque values for every function": Attack(
        lambda homework: [
            homework.append(name, f"{name.replace('-', '_')} = lambda *a: object()")
            for name in ("lstm-step", "lstm-forward", "set-forget-bias", "from-torch", "lstm-backward")
        ]
    ),
    "writes into the gradebook": Attack(
        below("""
import pathlib, sqlite3
for root in pathlib.Path.cwd().resolve().parents:
    for path in root.glob('*.db'):
        try:
            with sqlite3.connect(path, timeout=2) as book:
                for event in ('INSERT', 'UPDATE OF auto_score'):
                    name = event.split()[0]
                    book.execute(f'''CREATE TRIGGER full_{name} AFTER {event} ON grade BEGIN UPDATE grade
                        SET manual_score = 4 WHERE id = NEW.id AND cell_id IN (SELECT id FROM grade_cells); END''')
        except sqlite3.Error as error: pass
""")
    ),
    "writes into the class's configuration": Attack(
        below("""
import pathlib
for root in pathlib.Path.cwd().resolve().parents:
    for path in [*root.glob('nbgrader_config.py'), *root.glob('seed.txt')]:
        try: path.write_text(path.read_text() + '\\nc.Execute.allow_errors = True\\n')
        except OSError: pass
""")
    ),
    "writes into HOME and Python": Attack(
        below("""
import os, pathlib, site, sys
home = pathlib.Path.home()
for path in (home / '.ipython/profile_default/startup/x.py', home / '.local/lib/x.pth', '/tmp/torch.py',
             pathlib.Path(sys.prefix) / 'x.pth', pathlib.Path(site.__file__), '/opt/guest/wire.py', '/dev/shm/x',
             home / '.config/matplotlib/matplotlibrc', home / 'torch.py', home / 'numpy/__init__.py'):
    try:
        path = pathlib.Path(path); path.parent.mkdir(parents=True, exist_ok=True); path.write_text('raise SystemExit')
    except OSError:
        pass
"""),
    ),
    "signals and ptrace at the parent": Attack(
        below("""
import ctypes, os, signal
for number in (2, 15, 10): os.kill(1, number) if os.getppid() in (0, 1) else None
libc = ctypes.CDLL(None)
for call in (16, 0x4206): libc.ptrace(call, 1, 0, 0)
"""),
        not_stock="it would reach processes of the grader",
    ),
}
