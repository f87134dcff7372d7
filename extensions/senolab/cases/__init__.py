"""In-silico women, their exams as DICOM with exact truth, and the library of exams."""
