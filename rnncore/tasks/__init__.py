"""Problems to learn, generated from a random generator that the caller hands over."""
