"""The exercises of Unit 3."""
