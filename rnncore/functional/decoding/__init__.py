"""From scores to sequences: decoders, search, sampling, CTC."""
