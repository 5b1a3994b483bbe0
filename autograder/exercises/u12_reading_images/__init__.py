"""The exercises of Unit 12."""
