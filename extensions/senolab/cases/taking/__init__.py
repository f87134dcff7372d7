"""Taking exams in: what lies in a folder, read in the sandbox, named anew, with terms and truth.

Nothing here parses what came from outside but tables of text; `senolab.cases.untrusted` does, behind walls.
"""
