"""The exercises of Unit 2."""
