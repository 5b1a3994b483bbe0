"""Attention: scores, global, local and self attention."""
