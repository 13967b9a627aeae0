"""What each study claims, and the check of each claim: `CHECKS` in a module of its name."""
