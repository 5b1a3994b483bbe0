"""Well-known corpora: fetched once, checked, and kept; or read from local copies."""
