"""The equations of recurrent networks, written once, on any array: NumPy in a notebook, torch on a GPU."""
