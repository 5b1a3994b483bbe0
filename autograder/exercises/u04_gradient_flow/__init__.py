"""The exercises of Unit 4."""
