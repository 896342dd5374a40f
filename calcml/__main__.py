"""`python -m calcml`."""

from calcml.cli import main

main()
