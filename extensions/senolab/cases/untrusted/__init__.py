"""What opens files from outside: runs in the sandbox, never elsewhere.

``python -m senolab.cases.untrusted`` reads a list of jobs on standard input and answers a line of JSON for
each. A white list decides what stays of a header: technique, geometry and grey scale. All else goes (PS3.15,
annex E, goes further in what it may keep); what could name a person is told by its name.
"""
