"""`python -m brain_tumor_kedro.app`."""

from brain_tumor_kedro.app.launch import main

main()
