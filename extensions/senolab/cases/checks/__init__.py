"""Checking exams by tables of rules: headers, pixels, files of one exam, exams of one woman.

The door is `exams`. Nothing is imported here, so that what runs in the sandbox loads little.
"""
