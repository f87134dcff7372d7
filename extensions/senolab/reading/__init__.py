"""What a learner looks at and answers with: the viewer, the questions, the lesson page."""
