"""`python -m regolith` is `regolith`."""

from regolith.cli import main

main()
