"""The equations of recurrent networks, written once, on any array: NumPy or torch, CPU or GPU."""
