"""Submissions in: collecting, reading, repairing."""
