"""From a unit's source to student notebook, reference solution and student edition; leak scan."""
