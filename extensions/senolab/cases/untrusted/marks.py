"""Placeholders in a clean object, as long as the names that the library writes over them.

The secret that makes names never enters the sandbox: what is opened there may be hostile.
"""

STUDY, SERIES, INSTANCE, FRAME = (f"2.25.{digit * 39}" for digit in "1234")
PATIENT = "pt-" + "0" * 16
DATE = "19000101"
WITHIN = 16 << 10  # bytes from the beginning; all of them stand before the grey scale
