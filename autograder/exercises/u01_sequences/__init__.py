"""The exercises of Unit 1."""
