"""The exercises of Unit 9."""
