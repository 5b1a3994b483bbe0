"""Canvas, Moodle, rosters and exports."""
