"""The campus: a service of the hub with pages for learners and teachers, and an API for their servers."""
