"""How good the in-silico exams are, measured: the table of `senolab exams accept`."""
