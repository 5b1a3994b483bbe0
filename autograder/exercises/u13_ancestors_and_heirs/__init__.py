"""The exercises of Unit 13."""
