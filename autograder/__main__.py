"""The `rnncourse` command, also as `python -m autograder`."""

import gc
import sys

from autograder.grading import fork_server


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] in (["grade"], ["regrade"]):
        fork_server.start()  # it imports for as long as this process does
    # Not above: each process that grades imports this module as well.
    from autograder import cli

    gc.freeze()  # what is imported stays, and collections need not look through it
    cli.main()


if __name__ == "__main__":
    main()
