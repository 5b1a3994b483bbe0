"""The exercises of Unit 8."""
