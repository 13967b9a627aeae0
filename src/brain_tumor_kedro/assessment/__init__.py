"""The core of evaluation: pure functions of arrays, tables and figures."""
