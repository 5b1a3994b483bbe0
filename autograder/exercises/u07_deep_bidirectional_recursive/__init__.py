"""The exercises of Unit 7."""
