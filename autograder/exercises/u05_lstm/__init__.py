"""The exercises of Unit 5."""
