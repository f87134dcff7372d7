"""The campus: a hub service with pages for learners and for teachers."""
