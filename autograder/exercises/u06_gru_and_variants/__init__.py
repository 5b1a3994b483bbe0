"""The exercises of Unit 6."""
