"""A Markdown lesson becomes an nbgrader assignment; a course is checked; the shelf says what stands where."""
