"""Conformance: what is wrong or doubtful in what a hub sends, and how to mend it."""
