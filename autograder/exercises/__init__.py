"""The exercises, a file each: record, hidden checks and mistakes together."""
