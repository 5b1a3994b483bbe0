"""The exercises of Unit 11."""
