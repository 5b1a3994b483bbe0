"""Measures of quality: BLEU, perplexity, MASE, precision and recall."""
