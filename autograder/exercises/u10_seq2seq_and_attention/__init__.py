"""The exercises of Unit 10."""
