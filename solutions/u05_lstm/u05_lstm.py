# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 5. Long short-term memory, gate by gate

# %% nbgrader={"grade": false, "grade_id": "lstm-setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from rnncore.functional.cells import LSTMParams, LSTMState
from rnncore.lab.checks import expect_close, expect_shape

# %% [markdown]
# ## Exercise 1. One step of the LSTM (4 points)
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t \tag{5.2}$$

# %% nbgrader={"grade": false, "grade_id": "lstm-step", "locked": false, "schema_version": 3, "solution": true, "task": false}
from rnncore.functional.cells import lstm_step  # exercise
#: The sum that feeds the gates has four blocks of H columns, in the order i, f, g, o.

# %% nbgrader={"grade": true, "grade_id": "lstm-step-check", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# With all weights zero every gate is half open and the candidate is zero: c halves.
zero = LSTMParams(np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8))
state, cache = lstm_step(np.ones((1, 3)), LSTMState(np.zeros((1, 2)), np.ones((1, 2))), zero)
expect_shape("lstm_step: h", state.h, (1, 2))
expect_close("lstm_step: c", state.c, np.array([[0.5, 0.5]]), "With zero weights, c = σ(0) c_prev + σ(0) tanh(0).")
### BEGIN HIDDEN TESTS
from autograder.hidden.u05_lstm import check_lstm_step
check_lstm_step(lstm_step)
### END HIDDEN TESTS

# %% [markdown]
# ## In your own words (3 points)
#
# Why does the gradient survive along the cell path where it dies along the hidden path?

# %% [markdown] nbgrader={"grade": true, "grade_id": "lstm-question", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# One point each: the derivative of c_t with respect to c_{t-1} along the cell path is f_t; a product of f near 1 stays
# near 1, while the hidden path multiplies by W_h and tanh' at every step; what f near 0 does is forgetting on purpose.
# ### END SOLUTION
